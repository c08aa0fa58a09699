"""The event table's months: made ahead of their time, and no event lost if they are not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone

from corpid.audit.models import Event
from corpid.audit.services.ensure_partitions import ensure_partitions
from corpid.audit.services.record_event import record_event
from corpid.audit.services.seal_events import seal_events
from corpid.audit.tasks import make_months
from tests.audit.conftest import triggers_off

# Months that neither the migration nor another test has made.
JANUARY = datetime(2040, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(2040, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
FEBRUARY = datetime(2040, 2, 1, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("log")


@pytest.fixture(autouse=True)
def _no_months_of_2040(log: None) -> Iterator[None]:
    yield
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit.event")
    with connection.cursor() as cursor:
        for name in months("2040"):
            cursor.execute(f"DROP TABLE audit.{name}")


def months(year: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid"
            " WHERE inhparent = 'audit.event'::regclass AND relname LIKE %s ORDER BY relname",
            [f"event_{year}%"],
        )
        return [row[0] for row in cursor.fetchall()]


def record(at: datetime) -> str:
    """Record an event; give the table that holds it."""
    event = record_event(kind="k", at=at, actor="system", subject="s:1")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM audit.event JOIN pg_class ON pg_class.oid = event.tableoid"
            " WHERE event.id = %s",
            [event.id],
        )
        return str(cursor.fetchone()[0])


def test_months_are_made_ahead_of_their_time() -> None:
    made = ensure_partitions(at=JANUARY)

    assert made == 3
    assert months("2040") == ["event_2040_01", "event_2040_02", "event_2040_03"]
    assert ensure_partitions(at=LAST_MOMENT) == 0
    assert ensure_partitions(at=FEBRUARY) == 1


def test_at_a_months_end_each_event_goes_into_its_own_month() -> None:
    ensure_partitions(at=LAST_MOMENT)

    assert record(LAST_MOMENT) == "event_2040_01"
    assert record(FEBRUARY) == "event_2040_02"


def test_the_timetable_makes_the_next_month_before_it_begins() -> None:
    with time_machine.travel(LAST_MOMENT, tick=False):
        make_months()
    with time_machine.travel(FEBRUARY, tick=False):
        held_by = record(timezone.now())

    assert held_by == "event_2040_02"


def test_a_month_that_nobody_made_loses_no_event() -> None:
    before = record(FEBRUARY)

    made = ensure_partitions(at=JANUARY)  # which begins with the events already there
    after = record(FEBRUARY + timedelta(days=1))

    assert (before, made, after) == ("event_elsewhen", 2, "event_elsewhen")
    assert months("2040") == ["event_2040_01", "event_2040_03"]
    assert seal_events() == 2


def test_a_new_month_is_guarded_like_the_others() -> None:
    ensure_partitions(at=JANUARY)
    record(JANUARY)

    for change in (
        "UPDATE audit.event_2040_01 SET kind = 'x'",
        "DELETE FROM audit.event WHERE recorded_at >= '2040-01-01'",
        "TRUNCATE audit.event_2040_01",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(change)
    assert Event.objects.count() == 1


def test_a_new_month_has_the_indexes_of_the_others() -> None:
    def indexes(table: str) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexdef FROM pg_indexes WHERE tablename = %s ORDER BY 1", [table]
            )
            return sorted(row[0].partition(" USING ")[2] for row in cursor.fetchall())

    ensure_partitions(at=JANUARY)

    assert len(indexes("event_2040_01")) == 4
    assert indexes("event_2040_01") == indexes("event_elsewhen")


@pytest.mark.parametrize(
    "change",
    ["INSERT INTO {} SELECT * FROM audit.event", "SELECT * FROM {}", "TRUNCATE {}"],
)
def test_the_application_reaches_a_new_month_through_the_log_alone(
    application_role: None, change: str
) -> None:
    made = ensure_partitions(at=JANUARY)

    assert made == 3
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(change.format("audit.event_2040_01"))


@contextmanager
def another_transaction(statement: str) -> Iterator[None]:
    began, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            began.set()
            may_end.wait(30)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    began.wait(30)
    try:
        yield
    finally:
        may_end.set()
        thread.join()


def test_a_month_is_made_beside_a_transaction_that_records() -> None:
    recording = (
        "INSERT INTO audit.event (id, recorded_at, kind, actor, subject, facts, commitments,"
        " hash) VALUES (gen_random_uuid(), now(), 'k', 'a', 's', '{}', '{}', sha256('x'))"
    )
    with another_transaction(recording):
        made = ensure_partitions(at=JANUARY)
        record(JANUARY)

    assert made == 3


def test_making_a_month_gives_up_rather_than_keep_others_waiting() -> None:
    with another_transaction("SELECT * FROM audit.event"):  # as verify_audit, for minutes
        began = timezone.now()
        with pytest.raises(OperationalError, match="lock timeout"):
            ensure_partitions(at=JANUARY)
        took = timezone.now() - began

    assert took < timedelta(seconds=5)
    assert ensure_partitions(at=JANUARY) == 3  # an hour later
