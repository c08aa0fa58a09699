"""`python -m corpid.embedded manage` and `provision`."""

import os
import subprocess
import sys

import psycopg2
import pytest

from corpid.embedded.roles import ROOT
from tests.running import Product

pytestmark = pytest.mark.processes

WHO = (
    "from django.db import connection as c; k = c.cursor(); k.execute('SELECT current_user'); "
)
WHO += "print(k.fetchone()[0])"


def embedded(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "corpid.embedded", *arguments],
        check=False,
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
    )


def test_a_command_joins_the_set_that_runs(running: Product) -> None:
    ran = embedded("manage", "shell", "-v", "0", "-c", WHO, CORPID_VAR=str(running.state))

    assert ran.stdout.strip() == "corpid_app", ran.stderr


def test_a_command_without_a_running_set_gets_migrated_servers_of_its_own(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    nothing_runs = tmp_path_factory.mktemp("nothing") / "var"

    ran = embedded(
        *("manage", "shell", "-v", "0", "-c"),
        "from authentication.models import Account; print(Account.objects.count())",
        CORPID_VAR=str(nothing_runs),
    )

    assert ran.stdout.strip() == "0", ran.stderr
    assert not nothing_runs.exists()


def test_a_commands_failure_is_its_callers(running: Product) -> None:
    ran = embedded("manage", "no_such_command", CORPID_VAR=str(running.state))

    assert ran.returncode != 0
    assert "Unknown command: 'no_such_command'" in ran.stderr


def test_provisioning_makes_both_roles_in_a_postgresql_of_ones_own(running: Product) -> None:
    server = running.environment["MIGRATION_DATABASE_URL"].split("?", 1)[1]
    addresses = {
        "SUPERUSER_DATABASE_URL": f"postgres://postgres@/postgres?{server}",
        "MIGRATION_DATABASE_URL": f"postgres://other_owner:first@/other?{server}",
        "DATABASE_URL": f"postgres://other_app:second@/other?{server}",
    }

    twice = [embedded("provision", **addresses) for _ in range(2)]

    assert [ran.returncode for ran in twice] == [0, 0], twice[0].stderr
    owner = psycopg2.connect(addresses["MIGRATION_DATABASE_URL"])
    with owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE made (id int)")
    owner.close()
    application = psycopg2.connect(addresses["DATABASE_URL"])
    with application, application.cursor() as cursor:
        cursor.execute("INSERT INTO made VALUES (1) RETURNING id")
        assert cursor.fetchone() == (1,)
    application.close()


def test_an_unknown_word_is_told_the_words_there_are() -> None:
    ran = embedded("dance")

    assert ran.returncode == 2
    assert "python -m corpid.embedded run" in ran.stderr
