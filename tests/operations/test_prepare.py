"""`manage.py prepare`: migrations, then each app's own step."""

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from django.core.management import call_command
from django.utils import timezone

from corpid.embedded.postgresql import SUPERUSER
from corpid.embedded.provisioning import APPLICATION, OWNER
from corpid.embedded.roles import ROOT
from corpid.operations import preparation
from corpid.operations.preparation import register_preparation


@pytest.fixture(autouse=True)
def _own_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "_steps", {})


@pytest.mark.django_db(transaction=True)
def test_each_apps_step_runs_with_the_present_moment_in_the_order_of_registration() -> None:
    ran: list[tuple[str, bool]] = []
    began = timezone.now()

    def is_now(at: object) -> bool:
        return isinstance(at, type(began)) and began <= at <= timezone.now()

    register_preparation("keys", lambda at: ran.append(("keys", is_now(at))))
    register_preparation("companies", lambda at: ran.append(("companies", is_now(at))))

    call_command("prepare", verbosity=0)

    assert ran == [("keys", True), ("companies", True)]


def test_two_steps_of_one_name_are_refused() -> None:
    register_preparation("keys", lambda _at: None)

    with pytest.raises(ValueError, match="two preparations are called keys"):
        register_preparation("keys", lambda _at: None)


@pytest.fixture
def empty_server() -> Iterator[dict[str, str]]:
    """Give the environment of a provisioned database without tables, on the tests' server."""
    superuser = os.environ["DATABASE_URL"].replace(OWNER, SUPERUSER)
    superuser = re.sub(r"/[^/?]*\?", "/postgres?", superuser, count=1)
    name = f"prepared_{secrets.token_hex(4)}"
    urls = {
        role: re.sub(r"//.*?@/[^?]*", f"//{role}@/{name}", superuser)
        for role in (OWNER, APPLICATION)
    }
    yield {"superuser": superuser, "name": name, **urls}
    with closing(psycopg2.connect(superuser)) as opened:
        opened.autocommit = True
        opened.cursor().execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def side_by_side(commands: int, arguments: list[str], environment: dict[str, str]) -> list[str]:
    """Run one command several times at once; return what each said, which all must succeed."""
    started = [
        subprocess.Popen(
            [sys.executable, *arguments],
            env={**os.environ, **environment},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(commands)
    ]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0] * commands, "\n".join(said)
    return said


def test_two_machines_may_provision_and_prepare_at_once(empty_server: dict[str, str]) -> None:
    urls = {
        "SUPERUSER_DATABASE_URL": empty_server["superuser"],
        "MIGRATION_DATABASE_URL": empty_server[OWNER],
        "DATABASE_URL": empty_server[APPLICATION],
    }
    side_by_side(4, ["-m", "corpid.embedded", "provision"], urls)

    said = side_by_side(2, ["manage.py", "prepare"], {"DATABASE_URL": empty_server[OWNER]})

    applied = sorted(text.count("Applying ") for text in said)
    assert applied[0] == 0, "one found everything done"
    assert applied[1] > 20
