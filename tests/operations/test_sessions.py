"""Nothing that serves leaves anything in a database session: PgBouncer may pool it."""

import re
from pathlib import Path

import pytest

from tests.test_house import PACKAGES, ROOT, tracked

# Each speaks with PostgreSQL itself: two commands that refuse a pooler, and the superuser.
NEED_A_SESSION = {
    "corpid/embedded/provisioning.py",
    "corpid/operations/management/commands/migrate.py",
    "corpid/operations/management/commands/prepare.py",
}
LEFT_IN_A_SESSION = re.compile(
    r"pg_(?:try_)?advisory_(?:lock|unlock)|set_config\([^)]*false\s*\)"
    r"|[\"'(;]\s*(?:SET\s+(?!LOCAL\b|CONSTRAINTS\b|TRANSACTION\b)\w+\s*(?:=|\bTO\b)"
    r"|(?:UN)?LISTEN\s+\w|PREPARE\s+\w+\s+AS|DISCARD\s|CREATE\s+(?:LOCAL\s+)?TEMP)"
    r"|\bWITH HOLD\b"
)


def test_nothing_that_serves_leaves_anything_in_a_session() -> None:
    leaving = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in tracked(f"{package}/**.py")
        if LEFT_IN_A_SESSION.search(path.read_text())
    }

    assert leaving == NEED_A_SESSION


@pytest.mark.parametrize(
    "text",
    [
        'cursor.execute("SET lock_timeout = %s", [x])',
        "cursor.execute('SET search_path TO audit')",
        'execute("SELECT pg_advisory_lock(%s)")',
        'execute("SELECT pg_try_advisory_lock(1)")',
        "execute(\"SELECT set_config('lock_timeout', '1s', false)\")",
        'execute("LISTEN jobs")',
        'execute("CREATE TEMP TABLE t (id int)")',
        'execute("PREPARE find AS SELECT 1")',
        'execute("DECLARE c CURSOR WITH HOLD FOR SELECT 1")',
    ],
)
def test_what_is_left_in_a_session_would_be_found(text: str) -> None:
    assert LEFT_IN_A_SESSION.search(text)


@pytest.mark.parametrize(
    "text",
    [
        'cursor.execute("SET LOCAL lock_timeout = DEFAULT")',
        'execute("SELECT pg_advisory_xact_lock(%s)")',
        'execute("SELECT pg_try_advisory_xact_lock(1)")',
        "execute(\"SELECT set_config('lock_timeout', %s, true)\")",
        '"UPDATE audit.sealer SET size = %s"',
    ],
)
def test_what_ends_with_its_transaction_is_let_pass(text: str) -> None:
    assert not LEFT_IN_A_SESSION.search(text)


def test_tracked_files_are_looked_through() -> None:
    assert Path(ROOT / "corpid/audit/services/seal_events.py") in tracked("corpid/**.py")
