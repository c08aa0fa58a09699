"""The journeys pass again through PgBouncer: the same tests on the product of this folder.

The long ones, by the clock of one-time codes and leases, belong to `make soak` (conftest.py).
"""

import os
import subprocess
import sys

import pytest

from corpid.embedded.roles import ROOT
from tests.journeys.again import *  # noqa: F403  every journey is a test here too
from tests.pgbouncer import PgBouncer
from tests.pooled.conftest import POOL_SIZE
from tests.running import Product

pytestmark = [pytest.mark.needs("pgbouncer"), pytest.mark.processes]


def test_everything_went_through_few_connections_that_change_hands(
    running: Product, pooled: PgBouncer, connections_to_postgresql: int
) -> None:
    assert 0 < connections_to_postgresql <= POOL_SIZE
    assert pooled.transactions() > 100


def test_what_needs_a_session_of_its_own_refuses_the_pooler(
    running: Product, pooled: PgBouncer
) -> None:
    asked = [
        subprocess.Popen(
            [sys.executable, "manage.py", command],
            cwd=ROOT,
            env={**os.environ, **running.environment, "DATABASE_URL": pooled.url},
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in ("migrate", "prepare")
    ]

    said = [process.communicate()[1] for process in asked]

    assert [process.returncode for process in asked] == [1, 1]
    assert all("through a connection pooler" in each for each in said)
