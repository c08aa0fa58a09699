"""A log of a test's own, and what a database owner could do to it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

TABLES = ("event", "leaf", "node")
TriggersOff = Callable[[], AbstractContextManager[None]]


@contextmanager
def triggers_off() -> Iterator[None]:
    """Act as the owner of the tables who has switched the guards off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'audit.' || relname FROM pg_class WHERE relname ~ '^event_'"
            " AND relkind = 'r' AND relnamespace = 'audit'::regnamespace"
        )
        tables = [*(f"audit.{name}" for name in TABLES), *(row[0] for row in cursor.fetchall())]
        for change in ("DISABLE", "ENABLE"):
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} {change} TRIGGER USER")
            if change == "DISABLE":
                yield


def empty_log() -> None:
    """Forget everything, as the owner of the tables."""
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE audit.event, audit.leaf, audit.node, audit.checkpoint,"
            " audit.personal_value, audit.follower"
        )
        cursor.execute("UPDATE audit.sealer SET sealed_by = '3:3:', size = 0")


@pytest.fixture
def log(transactional_db: None, settings: Settings, tmp_path: Path) -> None:
    """Begin an empty log with an outside place of its own."""
    settings.AUDIT_CHECKPOINT_DIR = tmp_path / "checkpoints"
    settings.AUDIT_CHECKPOINT_PLACES = []
    settings.AUDIT_WITNESSES = []
    empty_log()
