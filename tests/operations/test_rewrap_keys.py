"""A new key-encryption key takes over every scope key, while records are read and written."""

import hashlib
import os
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import count

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from corpid.audit.models import Event
from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.keys.bounded import forget_everything
from corpid.keys.envelope import SealBroken, Secret, key_encryption_keys, open_seal, seal
from corpid.keys.models import Algorithm, Purpose, ScopeKey
from corpid.keys.services.count_scope_keys import count_scope_keys
from corpid.keys.services.create_key import create_key
from corpid.keys.services.open_record import open_record
from corpid.keys.services.rewrap_scope_keys import rewrap_scope_keys
from corpid.keys.services.seal_record import SealedRecord, seal_record
from corpid.keys.store import key_store
from corpid.operations.services.begin_rewrap import begin_rewrap
from corpid.operations.services.rewrap_keys import rewrap_keys

pytestmark = pytest.mark.django_db(transaction=True)
PURPOSE = "tests"


def drawn_key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


@pytest.fixture
def turn_key(settings: Settings) -> Iterator[Callable[[], None]]:
    """Give a new key-encryption key; the present one becomes an earlier one."""

    def turn() -> None:
        settings.PREVIOUS_KEY_ENCRYPTION_KEYS = [
            settings.KEY_ENCRYPTION_KEY,
            *settings.PREVIOUS_KEY_ENCRYPTION_KEYS,
        ]
        settings.KEY_ENCRYPTION_KEY = drawn_key()
        key_store().forget()

    yield turn
    key_store().forget()


def make_records(number: int) -> dict[str, SealedRecord]:
    """Seal a record for each of so many companies, as `seal_record` does, in one batch."""
    root = next(iter(key_encryption_keys().values()))
    rows, records = [], {}
    for place in range(number):
        scope, company_key, data_key = f"c{place}", Secret.draw(), Secret.draw()
        row = ScopeKey(purpose=PURPOSE, scope_id=scope, wrapped_by=root.fingerprint())
        row.wrapped_key = seal(root, company_key.reveal(), PURPOSE, scope, str(row.id))
        rows.append(row)
        wrapped = seal(company_key, data_key.reveal(), PURPOSE, scope, "r")
        body = seal(data_key, f"of {scope}".encode(), PURPOSE, scope, "r")
        records[scope] = SealedRecord(row.id.bytes + wrapped, body)
    ScopeKey.objects.bulk_create(rows, batch_size=2000)
    return records


def opened(scope: str, record: SealedRecord) -> str:
    return open_record(purpose=PURPOSE, scope_id=scope, record="r", sealed=record).decode()


def no_report(_done: int, _total: int, _message: str) -> None:
    pass


def test_afterwards_the_earlier_key_is_not_needed_and_no_body_has_changed(
    turn_key: Callable[[], None], settings: Settings
) -> None:
    records = make_records(20)
    signing = create_key(purpose=Purpose.SEAL, algorithm=Algorithm.ES256, at=timezone.now())
    turn_key()
    reports: list[tuple[int, int]] = []

    rewrap_keys(report=lambda done, total, _: reports.append((done, total)))

    settings.PREVIOUS_KEY_ENCRYPTION_KEYS = []
    forget_everything()
    key_store().forget()
    assert {scope: opened(scope, record) for scope, record in records.items()} == {
        scope: f"of {scope}" for scope in records
    }
    assert key_store().sign(signing.id, hashlib.sha256(b"x").digest())
    assert reports == [(0, 21), (21, 21)]
    wrapped = count_scope_keys()
    assert (wrapped.present, wrapped.earlier, wrapped.unknown) == (21, 0, 0)


def test_without_a_re_wrap_the_earlier_key_is_needed(
    turn_key: Callable[[], None], settings: Settings
) -> None:
    records = make_records(1)
    turn_key()
    settings.PREVIOUS_KEY_ENCRYPTION_KEYS = []
    key_store().forget()

    with pytest.raises(SealBroken):
        opened("c0", records["c0"])


def test_a_run_that_was_killed_is_taken_up_where_it_stopped(
    turn_key: Callable[[], None],
) -> None:
    make_records(12)
    turn_key()
    assert rewrap_scope_keys(limit=5) == 5
    reports: list[tuple[int, int]] = []

    rewrap_keys(report=lambda done, total, _: reports.append((done, total)))

    assert reports == [(5, 12), (12, 12)]


def test_running_it_again_changes_nothing(turn_key: Callable[[], None]) -> None:
    make_records(3)
    turn_key()
    rewrap_keys(report=no_report)
    before = [bytes(row.wrapped_key) for row in ScopeKey.objects.order_by("id")]

    rewrap_keys(report=no_report)

    assert [bytes(row.wrapped_key) for row in ScopeKey.objects.order_by("id")] == before


def test_a_process_that_remembers_the_old_wrapping_reads_and_writes_on(
    turn_key: Callable[[], None],
) -> None:
    records = make_records(1)
    turn_key()
    assert opened("c0", records["c0"]) == "of c0"  # remembered as it was

    rewrap_keys(report=no_report)

    assert opened("c0", records["c0"]) == "of c0"
    made = seal_record(purpose=PURPOSE, scope_id="c0", record="r", plaintext=b"new")
    forget_everything()
    key_store().forget()
    assert opened("c0", made) == "new"


def test_two_turns_of_the_key_are_caught_up_with_in_one_run(
    turn_key: Callable[[], None],
) -> None:
    make_records(2)
    turn_key()
    seal_record(purpose=PURPOSE, scope_id="later", record="r", plaintext=b"x")
    turn_key()

    rewrap_keys(report=no_report)

    assert count_scope_keys().present == 3


def test_it_is_a_job_with_progress_that_is_asked_for_once(
    turn_key: Callable[[], None],
) -> None:
    make_records(3)
    turn_key()
    job = begin_rewrap(at=timezone.now(), actor="operator")
    twin = begin_rewrap(at=timezone.now(), actor="operator")

    run_job(job_id=job.id)

    job.refresh_from_db()
    assert twin.id == job.id
    assert (job.state, job.progress_done, job.progress_total) == ("done", 3, 3)
    event = Event.objects.get(kind="operations.rewrap.begun", subject=f"job:{job.id}")
    assert (event.actor, event.facts) == ("operator", {"scope_keys": 3})


def test_a_missing_earlier_key_is_said_after_the_rest_is_done(
    turn_key: Callable[[], None], settings: Settings
) -> None:
    make_records(1)
    turn_key()
    settings.PREVIOUS_KEY_ENCRYPTION_KEYS = []
    key_store().forget()
    seal_record(purpose=PURPOSE, scope_id="later", record="r", plaintext=b"x")
    turn_key()
    job = begin_rewrap(at=timezone.now(), actor="operator")

    run_job(job_id=job.id)

    job = Job.objects.get(id=job.id)
    said = StringIO()
    call_command("rewrap_keys", "--status", stdout=said)
    assert (job.state, job.error_code) == ("failed", "key_encryption_key_missing")
    assert said.getvalue() == (
        "under the present key: 1; under an earlier one: 0; "
        "under one that is not given here: 1\n"
    )


def test_the_operators_command_asks_for_the_job(turn_key: Callable[[], None]) -> None:
    make_records(1)
    turn_key()

    call_command("rewrap_keys", stdout=StringIO())

    assert Job.objects.get().kind == "operations.rewrap_keys"


def _serve_while_rewrapping(
    records: dict[str, SealedRecord], rewrap: Callable[[], None]
) -> tuple[list[float], list[str]]:
    """Read and write records in four threads meanwhile; give seconds for each, and faults."""
    is_over, times, faults = threading.Event(), list[float](), list[str]()
    scopes, turns = list(records), count()

    def serve() -> None:
        try:
            while not is_over.is_set():
                turn = next(turns)
                scope = scopes[turn * 7919 % len(scopes)]
                began = time.perf_counter()
                if opened(scope, records[scope]) != f"of {scope}":
                    faults.append(f"{scope} reads otherwise")
                made = seal_record(
                    purpose=PURPOSE, scope_id=scope, record="r", plaintext=b"new"
                )
                if opened(scope, made) != "new":
                    faults.append(f"{scope} does not write")
                times.append(time.perf_counter() - began)
                time.sleep(0.01)
        except Exception as error:  # noqa: BLE001  told by the test
            faults.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=serve) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        rewrap()
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    return times, faults


def _rewrap_of(
    number: int,
    turn_key: Callable[[], None],
    settings: Settings,
    record_property: Callable[[str, object], None],
) -> None:
    records = make_records(number)
    turn_key()
    began = time.perf_counter()

    times, faults = _serve_while_rewrapping(records, lambda: rewrap_keys(report=no_report))

    seconds = time.perf_counter() - began
    settings.PREVIOUS_KEY_ENCRYPTION_KEYS = []
    forget_everything()
    key_store().forget()
    (root,) = key_encryption_keys().values()
    for row in ScopeKey.objects.filter(purpose=PURPOSE).iterator():
        assert open_seal(root, bytes(row.wrapped_key), PURPOSE, row.scope_id, str(row.id))
    sampled = list(records)[:: max(1, number // 500)]
    assert [opened(scope, records[scope]) for scope in sampled] == [
        f"of {scope}" for scope in sampled
    ]
    assert faults == []
    assert len(times) > 10
    slowest = sorted(times)[int(len(times) * 0.99)]
    record_property(
        "figure",
        f"re-wrap of {number:,} scope keys while serving: {seconds:.1f} s, "
        f"{len(times):,} records read, written and read again meanwhile, 0 faults, "
        f"p99 {slowest * 1000:.0f} ms ({os.cpu_count()} cores)",
    )


def test_records_are_served_during_a_re_wrap_of_two_thousand(
    turn_key: Callable[[], None],
    settings: Settings,
    record_property: Callable[[str, object], None],
) -> None:
    _rewrap_of(2_000, turn_key, settings, record_property)


@pytest.mark.soak
def test_records_are_served_during_a_re_wrap_of_a_hundred_thousand(
    turn_key: Callable[[], None],
    settings: Settings,
    record_property: Callable[[str, object], None],
) -> None:
    _rewrap_of(100_000, turn_key, settings, record_property)
