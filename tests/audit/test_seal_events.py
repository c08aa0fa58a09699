import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from corpid.audit.models import Event, Leaf
from corpid.audit.services.record_event import record_event
from corpid.audit.services.seal_events import seal_events
from corpid.audit.unsealed import Snapshot, unsealed_events

pytestmark = pytest.mark.usefixtures("log")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def record(subject: str) -> Event:
    return record_event(kind="k", at=NOW, actor="system", subject=subject)


def sealed_subjects() -> list[str]:
    subject_of = dict(Event.objects.values_list("id", "subject"))
    ordered = Leaf.objects.order_by("index").values_list("event_id", flat=True)
    return [subject_of[event_id] for event_id in ordered]


@contextmanager
def held_open(subject: str) -> Iterator[None]:
    """Record an event in another connection's transaction, committed when the block ends."""
    recorded, may_commit = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            record(subject)
            recorded.set()
            may_commit.wait(30)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    recorded.wait(30)
    yield
    may_commit.set()
    thread.join()


def test_events_are_sealed_once_in_the_order_of_their_transactions() -> None:
    for number in range(5):
        record(f"s:{number}")

    first, second = seal_events(), seal_events()

    assert (first, second) == (5, 0)
    assert sealed_subjects() == [f"s:{number}" for number in range(5)]
    assert sorted(Leaf.objects.values_list("index", flat=True)) == [0, 1, 2, 3, 4]


def test_a_transaction_open_across_three_seals_is_sealed_once_and_later() -> None:
    with held_open("s:slow"):
        sealed_meanwhile = []
        for number in range(3):
            record(f"s:{number}")
            sealed_meanwhile.append(seal_events())

    after = [seal_events(), seal_events()]

    assert sealed_meanwhile == [1, 1, 1]  # it holds nobody up
    assert after == [1, 0]  # and is not passed over
    assert sealed_subjects() == ["s:0", "s:1", "s:2", "s:slow"]


def test_two_slow_transactions_that_end_in_reverse_order_are_both_sealed() -> None:
    inner_sealed = 0
    with held_open("s:first"):
        with held_open("s:second"):
            seal_events()
        inner_sealed = seal_events()
    seal_events()

    assert inner_sealed == 1
    assert sealed_subjects() == ["s:second", "s:first"]


def test_a_rolled_back_event_leaves_no_gap() -> None:
    record("s:1")
    with transaction.atomic():
        record("s:undone")
        transaction.set_rollback(True)
    record("s:2")

    seal_events()

    assert sealed_subjects() == ["s:1", "s:2"]


def test_a_large_backlog_is_sealed_in_batches_of_whole_transactions() -> None:
    for number in range(4):
        with transaction.atomic():
            record(f"s:{number}a")
            record(f"s:{number}b")

    with held_open("s:slow"):
        counts = [seal_events(largest_batch=3) for _ in range(4)]
    counts.append(seal_events(largest_batch=3))

    assert counts == [4, 4, 0, 0, 1]
    assert sealed_subjects()[-1] == "s:slow"
    assert len(set(sealed_subjects())) == 9


def test_only_one_sealer_works_at_a_time() -> None:
    record("s:1")
    counts: list[int] = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('corpid.audit sealer', 0))"
        )

        def seal() -> None:
            counts.append(seal_events())
            connection.close()

        thread = threading.Thread(target=seal)
        thread.start()
        thread.join()

    assert counts == [0]
    assert seal_events() == 1


def test_sealing_inside_another_transaction_is_refused() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        seal_events()


def test_a_log_restored_into_a_new_cluster_goes_on() -> None:
    record("s:1")
    seal_events()
    with connection.cursor() as cursor:  # transaction ids of the old cluster were far ahead
        cursor.execute("UPDATE audit.sealer SET sealed_by = '900000000:900000000:'")
    record("s:2")

    sealed = seal_events()
    record("s:3")

    assert (sealed, seal_events()) == (1, 1)
    assert sealed_subjects() == ["s:1", "s:2", "s:3"]


def test_the_sealer_needs_no_more_than_the_application_may(application_role: None) -> None:
    record("s:1")

    assert seal_events() == 1


@pytest.mark.parametrize(
    ("text", "cut_at", "expected"),
    [
        ("5:9:5,7", 9, "5:9:5,7"),
        ("5:9:5,7", 7, "5:7:5"),
        ("5:9:5,7", 5, "5:5:"),
        ("9:9:", 8, "8:8:"),
    ],
)
def test_a_snapshot_cut_short_forgets_what_lies_beyond(
    text: str, cut_at: int, expected: str
) -> None:
    assert str(Snapshot.read(text).cut(cut_at)) == expected


def test_what_waits_is_found_without_reading_the_log() -> None:
    """With the planner's statistics as stale as they get: gathered while the log was empty."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit.event, audit.leaf")
    for number in range(400):
        record(f"s:{number}")
    seal_events()
    with held_open("s:slow"):
        record("s:new")
        seal_events()
        record("s:newer")

        with transaction.atomic(), connection.cursor() as cursor:
            waiting = unsealed_events()
            cursor.execute(f"EXPLAIN ANALYZE SELECT id {waiting.source}", waiting.values)
            plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Seq Scan" not in plan, plan
    assert "Hash" not in plan, plan
    assert len(waiting.values["running"]) >= 1  # the slow one was looked for too


def test_a_log_is_sealed_at_a_cost_that_does_not_grow_with_it() -> None:
    def rows_read() -> int:
        """Count rows read of events and leaves, by whatever way, while one event is sealed."""
        record("s:one-more")
        with transaction.atomic(), connection.cursor() as cursor:
            waiting = unsealed_events()
            cursor.execute(
                f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT id {waiting.source}", waiting.values
            )
            (plan,) = cursor.fetchone()[0]
        seal_events()
        return _rows(plan["Plan"])

    small = rows_read()
    for number in range(500):
        record(f"s:{number}")
    seal_events()

    assert rows_read() <= small + 2


def _rows(node: dict[str, Any]) -> int:
    below = sum(_rows(each) for each in node.get("Plans", []))
    removed = node.get("Rows Removed by Filter", 0) + node.get(
        "Rows Removed by Index Recheck", 0
    )
    return int(node["Actual Rows"] * node["Actual Loops"]) + int(removed) + below
