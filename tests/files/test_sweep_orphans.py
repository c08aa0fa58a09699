"""What nothing refers to goes after a day; what somebody is storing stays."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from corpid.files import references
from corpid.files.models import NEW_FOR, Holding, Orphan, StoredFile
from corpid.files.references import Reference, registered_references
from corpid.files.services.count_files import ArrivedTooLongAgo
from corpid.files.services.open_file import FileNotKept, open_file
from corpid.files.services.purge_files import purge_files
from corpid.files.services.store_file import store_file
from corpid.files.services.sweep_orphans import ORPHANED_FOR, sweep_orphans
from corpid.files.storage import Storage
from corpid.meters.expiring import measure_overdue
from signatures.models import Document
from tests.journeys.patience import eventually
from tests.test_house import our_models

AGREEMENT = b"agreement"
MOMENT = timedelta(microseconds=1)
# Columns with a SHA-256 in hexadecimal digits that is not the name of a file of ours.
NOT_OUR_FILES = {
    "authentication.Approval.digest",  # of what is approved
    "authentication.SignInConsent.claims_digest",
    "files.Arrival.digest_hex",
    "files.StoredFile.digest_hex",
    "files.Orphan.digest_hex",
    "prefill.FieldRecord.digest",
    "prefill.Release.items_digest",
    "signatures.SignatureRequest.digest",  # of the list of documents
    "signatures.Verification.digest",  # outlives the upload, which has a time of its own
}

pytestmark = pytest.mark.usefixtures("storage")


def store(
    content: bytes = AGREEMENT, *, at: datetime | None = None, company_id: UUID | None = None
) -> str:
    return store_file(
        content=content,
        media_type="application/pdf",
        at=at or datetime.now(tz=UTC),
        company_id=company_id,
    ).digest_hex


@pytest.fixture
def found_at() -> datetime:
    """Give a moment at which what is stored now is no longer new."""
    return datetime.now(tz=UTC) + NEW_FOR + timedelta(seconds=5)


def store_and_roll_back(content: bytes = AGREEMENT) -> str:
    with transaction.atomic():
        digest = store(content)
        transaction.set_rollback(True)
    return digest


@pytest.fixture
def without_row() -> str:
    """Leave bytes behind whose transaction was rolled back."""
    return store_and_roll_back(b"rolled back")


def names(storage: Storage) -> list[str]:
    return [each.digest_hex for each in storage.held()]


@pytest.mark.django_db
def test_a_row_that_nothing_refers_to_goes_a_day_after_it_was_found(
    found_at: datetime, storage: Storage
) -> None:
    company_id = UUID(int=1)
    digest = store(company_id=company_id)

    assert sweep_orphans(at=found_at) == 0
    assert sweep_orphans(at=found_at + ORPHANED_FOR - MOMENT) == 0
    assert names(storage) == [digest]
    assert sweep_orphans(at=found_at + ORPHANED_FOR) == 1

    assert names(storage) == []
    with pytest.raises(FileNotKept):
        open_file(digest)
    assert not StoredFile.objects.exists()
    assert not Orphan.objects.exists()
    assert not Holding.objects.exists()


@pytest.mark.django_db
def test_rows_are_read_by_pages_and_each_is_found_once(
    found_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpid.files.models.PAGE", 2)
    stored = sorted(store(str(number).encode()) for number in range(5))

    with CaptureQueriesContext(connection) as asked:
        found = list(StoredFile.objects.orphaned(at=found_at).names_and_sizes())

    assert found == [(digest, 1) for digest in stored]
    assert len(asked) == 4  # the last finds none
    assert all("LIMIT 2" in query["sql"] for query in asked)


@pytest.mark.django_db
def test_bytes_without_a_row_go_a_day_after_they_were_found(
    without_row: str, found_at: datetime, storage: Storage
) -> None:
    sweep_orphans(at=found_at)

    assert names(storage) == [without_row]
    assert sweep_orphans(at=found_at + ORPHANED_FOR) == 1
    assert names(storage) == []


@pytest.mark.django_db
def test_what_is_new_is_not_in_doubt(without_row: str) -> None:
    at = datetime.now(tz=UTC)
    store(at=at)

    sweep_orphans(at=at + NEW_FOR / 2)

    assert not Orphan.objects.exists()


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a row refer to a file, as a document does."""
    monkeypatch.setattr(references, "_references", [Reference("files.Holding", "file_id")])

    def refer(digest: str) -> None:
        file = StoredFile.objects.get(pk=digest)
        Holding.objects.create(file=file, company_id=UUID(int=7), since=file.stored_at)

    return refer


@pytest.mark.django_db
def test_what_is_referred_to_stays(
    found_at: datetime, storage: Storage, named: Callable[[str], None]
) -> None:
    digest = store()
    named(digest)

    sweep_orphans(at=found_at)

    assert sweep_orphans(at=found_at + 10 * ORPHANED_FOR) == 0
    assert names(storage) == [digest]
    assert not Orphan.objects.exists()


@pytest.mark.django_db
def test_what_is_referred_to_after_it_was_found_stays(
    found_at: datetime, storage: Storage, named: Callable[[str], None]
) -> None:
    digest = store()
    sweep_orphans(at=found_at)
    named(digest)

    assert sweep_orphans(at=found_at + ORPHANED_FOR) == 0

    assert names(storage) == [digest]
    assert not Orphan.objects.exists()


@pytest.mark.django_db
def test_what_is_stored_again_begins_anew(found_at: datetime, storage: Storage) -> None:
    digest = store()
    sweep_orphans(at=found_at)
    store(at=found_at + ORPHANED_FOR - NEW_FOR / 2)

    assert sweep_orphans(at=found_at + ORPHANED_FOR) == 0

    assert names(storage) == [digest]


@pytest.mark.django_db
def test_a_file_with_a_time_of_its_own_is_no_orphan(found_at: datetime) -> None:
    store_file(
        content=AGREEMENT,
        media_type="application/pdf",
        at=found_at - NEW_FOR,
        keep_until=found_at + 9 * ORPHANED_FOR,
    )

    sweep_orphans(at=found_at)

    assert sweep_orphans(at=found_at + 8 * ORPHANED_FOR) == 0
    assert StoredFile.objects.exists()


@pytest.mark.django_db
def test_with_no_reference_registered_nothing_is_swept(
    found_at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store()
    monkeypatch.setattr(references, "_references", [])

    with pytest.raises(LookupError):
        sweep_orphans(at=found_at)

    assert not Orphan.objects.exists()


def test_every_column_that_may_name_a_file_is_registered() -> None:
    columns = {
        f"{model._meta.label}.{field.name}"  # noqa: SLF001  Django's documented _meta
        for model in our_models()
        for field in model._meta.get_fields()  # noqa: SLF001  likewise
        if isinstance(field, models.CharField)
        and field.max_length == 64
        and "digest" in field.name
    }
    registered = {f"{each.model}.{each.field}" for each in registered_references()}

    assert columns == registered | NOT_OUR_FILES
    assert all(apps.get_model(each.model) is Document for each in registered_references())


@pytest.mark.django_db
def test_an_orphan_that_should_be_gone_is_measured(
    without_row: str, found_at: datetime
) -> None:
    sweep_orphans(at=found_at)
    later = found_at + ORPHANED_FOR + timedelta(minutes=5)

    assert measure_overdue(later)["orphaned_files"] == timedelta(minutes=5)
    assert measure_overdue(found_at)["orphaned_files"] == timedelta(0)
    sweep_orphans(at=later)
    assert measure_overdue(later)["orphaned_files"] == timedelta(0)


@pytest.mark.django_db
def test_a_file_that_should_be_gone_is_measured(found_at: datetime) -> None:
    store_file(
        content=AGREEMENT, media_type="application/pdf", at=found_at, keep_until=found_at
    )

    assert measure_overdue(found_at + timedelta(hours=2))["files"] == timedelta(hours=2)
    purge_files(at=found_at)
    assert measure_overdue(found_at + timedelta(hours=2))["files"] == timedelta(0)


# -- At the same time --------------------------------------------------------------------------


@pytest.fixture
def beside() -> Iterator[Callable[[Callable[[], object]], threading.Thread]]:
    """Do something in another thread, with a connection of its own."""
    threads: list[threading.Thread] = []

    def begin(work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            finally:
                connection.close()

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return threads[-1]

    yield begin
    for thread in threads:
        thread.join(timeout=20)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_found_before", [True, False])
def test_an_upload_whose_transaction_is_open_is_never_swept_away(
    is_found_before: bool,  # noqa: FBT001  a parameter of the test
    found_at: datetime,
    beside: Callable[[Callable[[], object]], threading.Thread],
) -> None:
    if is_found_before:  # bytes of an earlier try, whose time has come
        store_and_roll_back()
        sweep_orphans(at=found_at)
    stored, swept = threading.Event(), threading.Event()
    digests: list[str] = []

    def upload() -> None:
        with transaction.atomic():
            digests.append(store())
            stored.set()
            assert swept.wait(20)

    thread = beside(upload)
    assert stored.wait(20)
    sweep_orphans(at=found_at + timedelta(days=400))
    removed = sweep_orphans(at=found_at + timedelta(days=500))
    swept.set()
    thread.join()

    assert removed == 0
    with open_file(digests[0]) as file:
        assert file.read() == AGREEMENT


def somebody_waits_for_a_digest() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
        )
        (waits,) = cursor.fetchone()
    return bool(waits)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("purge", [sweep_orphans, purge_files])
def test_bytes_stored_again_while_they_are_removed_are_not_lost(
    purge: Callable[..., int],
    found_at: datetime,
    storage: Storage,
    beside: Callable[[Callable[[], object]], threading.Thread],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    until = found_at if purge is purge_files else None
    digest = store_file(
        content=AGREEMENT,
        media_type="application/pdf",
        at=datetime.now(tz=UTC),
        keep_until=until,
    ).digest_hex
    sweep_orphans(at=found_at)
    threads: list[threading.Thread] = []
    remove = type(storage).remove

    def while_somebody_stores(self: Storage, digest_hex: str) -> None:
        threads.append(beside(store))
        eventually(somebody_waits_for_a_digest, within=20)
        remove(self, digest_hex)

    monkeypatch.setattr(type(storage), "remove", while_somebody_stores)
    removed = purge(at=found_at + ORPHANED_FOR)
    threads[0].join(timeout=20)

    assert not threads[0].is_alive()
    assert removed == 1
    assert StoredFile.objects.get(pk=digest).keep_until is None
    with open_file(digest) as file:
        assert file.read() == AGREEMENT


def stored_in_the_end(content: bytes, company_id: UUID) -> str:
    while True:
        with suppress(ArrivedTooLongAgo):  # told, and never lost
            return store(content, company_id=company_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("named")
def test_stores_and_sweeps_at_random_lose_nothing_that_is_referred_to(
    found_at: datetime,
    beside: Callable[[Callable[[], object]], threading.Thread],
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Months pass here within a second, in which what is being written would be a day old.
    monkeypatch.setattr(type(storage), "clear_arriving", lambda *_, **__: 0)
    ended = threading.Event()
    lost: list[str] = []
    removed: list[int] = []

    def store_refer_and_let_go() -> None:
        company_id = uuid4()
        for turn in range(15):
            digest = stored_in_the_end(bytes([turn % 2]) * 1000, company_id)
            try:
                open_file(digest).close()
            except FileNotKept:
                lost.append(digest)
            Holding.objects.filter(company_id=company_id).delete()
            time.sleep(0.05)  # for the sweepers to find and remove it

    def sweep() -> None:
        for day in count():
            if ended.is_set():
                return
            removed.append(sweep_orphans(at=found_at + day % 300 * ORPHANED_FOR))

    sweepers = [beside(sweep) for _ in range(2)]
    writers = [beside(store_refer_and_let_go) for _ in range(3)]
    for thread in writers:
        thread.join(timeout=60)
    eventually(lambda: sum(removed) > 0, within=60)  # what was let go of, at the latest
    ended.set()
    for thread in sweepers:
        thread.join(timeout=20)

    assert lost == []
    assert not any(thread.is_alive() for thread in (*writers, *sweepers))


# -- What arrived half -------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_a_killed_process_left_half_written_goes_after_a_day(
    settings: Settings, tmp_path: Path
) -> None:
    settings.FILES_STORE = ""
    settings.FILES_DIR = tmp_path / "half"
    settings.FILES_DIR.mkdir()
    at = datetime.now(tz=UTC)
    old, young = (settings.FILES_DIR / f".arriving-{name}" for name in ("old", "young"))
    for path, age in ((old, ORPHANED_FOR + timedelta(seconds=1)), (young, timedelta(hours=23))):
        path.write_bytes(b"half")
        os.utime(path, times=((at - age).timestamp(),) * 2)

    sweep_orphans(at=at)

    assert list(settings.FILES_DIR.iterdir()) == [young]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("without_rows", "removed"), [(20, 20), (21, 0)])
def test_a_store_that_seems_to_be_another_databases_is_left_alone(
    storage: Storage,
    found_at: datetime,
    without_rows: int,
    removed: int,
) -> None:
    """As after a restore to too early a moment, or with another installation's bucket."""
    for number in range(without_rows):
        store_and_roll_back(f"{number}".encode())
    sweep_orphans(at=found_at)

    assert sweep_orphans(at=found_at + ORPHANED_FOR + MOMENT) == removed
    assert len(names(storage)) == without_rows - removed
