"""Migrations keep nobody waiting, and give up nothing that they have begun."""

import inspect
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.core.management.commands.migrate import Command as DjangosMigrate
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg2.errors import LockNotAvailable

from corpid.operations.management.commands import migrate

HELD_FOR = 4.0  # seconds


@pytest.fixture
def later_release(transactional_db: None, settings: Any) -> Iterator[None]:
    """Have one migration more than is applied, which alters the table of files."""
    settings.MIGRATION_MODULES = {"files": "tests.operations.later_release.migrations"}
    yield
    call_command("migrate", "files", "0001", verbosity=0)


def another_connection() -> Any:
    opened = psycopg2.connect(**connection.get_connection_params())
    opened.autocommit = True
    return opened


def hold_table(held: threading.Event, seconds: float) -> None:
    """Read the table in a transaction that stays open: a report, a forgotten shell."""
    with closing(another_connection()) as opened, opened.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT count(*) FROM files_storedfile")
        held.set()
        time.sleep(seconds)
        cursor.execute("COMMIT")


def read_until(done: threading.Event, waits: list[float]) -> None:
    with closing(another_connection()) as opened, opened.cursor() as cursor:
        while not done.is_set():
            began = time.monotonic()
            cursor.execute("SELECT count(*) FROM files_storedfile")
            waits.append(time.monotonic() - began)
            time.sleep(0.01)


def begin(function: Callable[..., None], *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    return thread


def has_remark() -> bool:
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, "files_storedfile")
    return "remark" in {column.name for column in columns}


def test_a_table_is_altered_behind_a_long_transaction_and_readers_go_on(
    later_release: None, record_property: Callable[[str, str], None]
) -> None:
    held, done, waits = threading.Event(), threading.Event(), list[float]()
    holder = begin(hold_table, held, HELD_FOR)
    held.wait()
    reader = begin(read_until, done, waits)

    call_command("migrate", verbosity=0)

    done.set()
    reader.join()
    holder.join()
    record_property(
        "figure",
        f"ALTER TABLE behind {HELD_FOR:.0f} s: readers wait {max(waits):.2f} s at most",
    )
    assert has_remark()
    assert len(waits) > 100
    assert max(waits) < 1.0


def test_a_table_that_stays_in_use_is_given_up_with_everything_as_it_was(
    later_release: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "PATIENCE", migrate.LOCK_TIMEOUT)
    held = threading.Event()
    holder = begin(hold_table, held, 2.0)
    held.wait()

    with pytest.raises(OperationalError) as given_up:
        call_command("migrate", verbosity=0)

    holder.join()
    assert isinstance(given_up.value.__cause__, LockNotAvailable)
    assert not has_remark()


def test_another_failure_of_the_database_is_not_tried_again(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def fail(*_arguments: object, **_options: object) -> None:
        tries.append(1)
        raise OperationalError("the disk is full")

    monkeypatch.setattr(DjangosMigrate, "handle", fail)

    with pytest.raises(OperationalError, match="disk"):
        call_command("migrate", verbosity=0)

    assert tries == [1]


@pytest.mark.django_db(transaction=True)
def test_every_migration_begins_with_a_bounded_wait_for_locks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Walk back and forth over one app, and look at what each migration then finds."""
    found: list[str] = []
    apply = MigrationExecutor.apply_migration

    def look(self: MigrationExecutor, *arguments: Any, **options: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            found.append(cursor.fetchone()[0])
        return apply(self, *arguments, **options)

    monkeypatch.setattr(MigrationExecutor, "apply_migration", look)
    call_command("migrate", "one_time", "zero", verbosity=0)

    call_command("migrate", verbosity=0)

    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)  # nothing of it is left to whoever comes after
    assert set(found) == {"200ms"}


MIGRATIONS = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
# A function may bound its own wait, as audit.ensure_partitions does in its definition.
_CHANGES_THE_WAIT = re.compile(
    r"(?:^|;)\s*SET\s+(?:LOCAL\s+|SESSION\s+)?lock_timeout", re.IGNORECASE | re.MULTILINE
)


@pytest.mark.parametrize("key", sorted(MIGRATIONS), ids="-".join)
def test_every_migration_can_be_tried_again(key: tuple[str, str]) -> None:
    """It is one transaction, or one statement alone, and leaves the wait for locks as it is."""
    migration = MIGRATIONS[key]
    text = inspect.getsource(inspect.getmodule(type(migration)) or migrate)

    assert migration.atomic or len(migration.operations) == 1
    assert not _CHANGES_THE_WAIT.search(text)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("SET lock_timeout = 0;", True),
        ("SELECT 1; set local lock_timeout TO '1h'", True),
        ("SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '300ms'", False),
    ],
)
def test_a_statement_that_changes_the_wait_is_found(text: str, changes: bool) -> None:  # noqa: FBT001
    assert bool(_CHANGES_THE_WAIT.search(text)) is changes
