"""Bytes are kept with nothing locked, and counted in one short step at the end."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from corpid.files.digest_lock import hold_digest
from corpid.files.holder import Holder
from corpid.files.models import NEW_FOR, Arrival, Holding, Orphan, StoredFile
from corpid.files.quota_used_up import QuotaUsedUp
from corpid.files.services.count_files import ArrivedTooLongAgo, count_files
from corpid.files.services.give_up_arrivals import give_up_arrivals
from corpid.files.services.measure_quota import measure_quota
from corpid.files.services.open_file import open_file
from corpid.files.services.purge_files import purge_files
from corpid.files.services.receive_file import receive_file
from corpid.files.services.store_file import store_file
from corpid.files.services.sweep_orphans import MOST_STRANGE, ORPHANED_FOR, sweep_orphans
from corpid.files.storage import Arriving, Storage
from corpid.files.upload_turn import TooManyUploads, upload_turn
from corpid.problems import status_of

ONE, ANOTHER = UUID(int=1), UUID(int=2)
MOMENT = timedelta(microseconds=1)

pytestmark = [pytest.mark.usefixtures("storage"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def now() -> datetime:
    return datetime.now(tz=UTC)


def holder_of(company_id: UUID | None) -> Holder | None:
    return Holder(company_id=company_id) if company_id else None


def receive(
    content: bytes = b"agreement", *, at: datetime, company_id: UUID | None = ONE
) -> Arrival:
    return receive_file(
        content=content, media_type="application/pdf", at=at, holder=holder_of(company_id)
    )


def count(*arrivals: Arrival, at: datetime, company_id: UUID | None = ONE) -> None:
    count_files(arrivals=arrivals, at=at, holder=holder_of(company_id))


def names(storage: Storage) -> list[str]:
    return sorted(each.digest_hex for each in storage.held())


def content_of(digest_hex: str) -> bytes:
    with open_file(digest_hex) as file:
        return file.read()


def test_nothing_is_locked_while_the_store_takes_the_bytes(
    now: datetime, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = type(storage).keep
    seen: list[tuple[bool, int]] = []

    def watched(self: Storage, arriving: Arriving, *, digest_hex: str, size: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE pid = pg_backend_pid() AND locktype = 'advisory'"
            )
            seen.append((connection.in_atomic_block, cursor.fetchone()[0]))
        keep(self, arriving, digest_hex=digest_hex, size=size)

    monkeypatch.setattr(type(storage), "keep", watched)

    store_file(content=b"agreement", media_type="application/pdf", at=now, company_id=ONE)

    assert seen == [(False, 0)]


def test_what_arrived_is_nobodys_until_it_is_counted(now: datetime) -> None:
    arrival = receive(at=now)
    before = StoredFile.objects.exists(), measure_quota(Holder(company_id=ONE)).used

    count(arrival, at=now)

    assert before == (False, 0)
    assert measure_quota(Holder(company_id=ONE)).used == 9
    assert content_of(arrival.digest_hex) == b"agreement"
    assert not Arrival.objects.exists()


def test_what_is_rolled_back_after_it_was_counted_is_swept_away(
    now: datetime, storage: Storage
) -> None:
    arrival = receive(at=now)
    with transaction.atomic():
        count(arrival, at=now)
        transaction.set_rollback(True)

    assert sweep_orphans(at=now + NEW_FOR) == 0
    assert sweep_orphans(at=now + NEW_FOR + ORPHANED_FOR) == 1

    assert names(storage) == []
    assert not Arrival.objects.exists()
    assert not Orphan.objects.exists()


def test_an_upload_of_old_bytes_whose_time_has_come_is_not_swept_away_before_it_is_counted(
    now: datetime,
) -> None:
    receive(at=now)  # of a request that was refused
    sweep_orphans(at=now + NEW_FOR)
    due = now + NEW_FOR + ORPHANED_FOR
    again = receive(at=due - NEW_FOR + MOMENT)

    removed = sweep_orphans(at=due)
    count(again, at=due)

    assert removed == 0
    assert content_of(again.digest_hex) == b"agreement"


def test_who_comes_to_count_what_was_swept_away_is_told(
    now: datetime, storage: Storage
) -> None:
    arrival = receive(at=now)
    sweep_orphans(at=now + NEW_FOR)
    sweep_orphans(at=now + NEW_FOR + ORPHANED_FOR)

    with pytest.raises(ArrivedTooLongAgo):
        count(arrival, at=now)

    assert names(storage) == []
    assert not StoredFile.objects.exists()
    assert not Holding.objects.exists()


def test_what_was_swept_away_in_between_is_stored_again(
    now: datetime, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = type(storage).keep
    sweeps = iter([NEW_FOR, NEW_FOR + ORPHANED_FOR])

    def then_swept(self: Storage, arriving: Arriving, *, digest_hex: str, size: int) -> None:
        keep(self, arriving, digest_hex=digest_hex, size=size)
        for after in sweeps:
            sweep_orphans(at=now + after)

    monkeypatch.setattr(type(storage), "keep", then_swept)

    stored = store_file(content=b"agreement", media_type="application/pdf", at=now)

    assert content_of(stored.digest_hex) == b"agreement"


def test_a_purge_leaves_what_is_being_stored_again(now: datetime) -> None:
    store_file(content=b"agreement", media_type="application/pdf", at=now, keep_until=now)
    again = receive(at=now)

    purged = purge_files(at=now)
    count(again, at=now)

    assert purged == 0
    assert content_of(again.digest_hex) == b"agreement"


def test_many_uploads_given_up_do_not_look_like_another_databases_files(
    now: datetime, storage: Storage
) -> None:
    many = MOST_STRANGE + 5
    for number in range(many):
        receive(f"{number}".encode(), at=now)
    sweep_orphans(at=now + NEW_FOR + timedelta(seconds=5))

    removed = sweep_orphans(at=now + NEW_FOR + timedelta(seconds=5) + ORPHANED_FOR)

    assert removed == many
    assert names(storage) == []


# -- Quota -------------------------------------------------------------------------------------


def test_what_a_company_has_no_room_for_is_never_sent_to_the_store(
    now: datetime, storage: Storage, settings: Settings
) -> None:
    settings.COMPANY_FILES_BYTES = 8

    with pytest.raises(QuotaUsedUp):
        receive(b"agreement", at=now)

    assert names(storage) == []
    assert not Arrival.objects.exists()


def test_what_arrives_while_there_is_room_is_refused_when_it_is_counted_too_late(
    now: datetime, settings: Settings
) -> None:
    settings.COMPANY_FILES_BYTES = 12
    one, two = receive(b"a" * 6, at=now), receive(b"b" * 6, at=now)
    settings.COMPANY_FILES_BYTES = 10
    count(one, at=now)

    with pytest.raises(QuotaUsedUp):
        count(two, at=now)

    assert measure_quota(Holder(company_id=ONE)).used == 6
    assert list(Arrival.objects.all()) == [two]


def test_uploads_take_up_room_from_their_arrival_until_they_are_swept_away(
    now: datetime, settings: Settings
) -> None:
    settings.COMPANY_FILES_BYTES = 10
    receive(b"a" * 6, at=now)
    receive(b"a" * 6, at=now)  # the same content takes up no more

    with pytest.raises(QuotaUsedUp):
        receive(b"b" * 5, at=now)
    receive(b"b" * 5, at=now, company_id=ANOTHER)
    receive(b"b" * 4, at=now)
    receive(b"a" * 6, at=now)
    later = now + NEW_FOR + timedelta(seconds=5)
    sweep_orphans(at=later)
    sweep_orphans(at=later + ORPHANED_FOR)

    assert receive(b"e" * 10, at=later + ORPHANED_FOR) in Arrival.objects.all()


def test_what_is_refused_goes_at_once_unless_it_is_somebody_elses_too(
    now: datetime, storage: Storage
) -> None:
    kept = store_file(content=b"kept", media_type="application/pdf", at=now)
    arrivals = [receive(content, at=now) for content in (b"kept", b"twice", b"once")]
    still_arriving = receive(b"twice", at=now, company_id=ANOTHER)

    give_up_arrivals(arrivals)

    assert names(storage) == sorted([kept.digest_hex, still_arriving.digest_hex])
    assert list(Arrival.objects.all()) == [still_arriving]


# -- How many at once --------------------------------------------------------------------------


def test_a_company_takes_so_many_places_and_no_more(settings: Settings) -> None:
    settings.COMPANY_UPLOADS_AT_ONCE = 2

    with upload_turn(ONE), upload_turn(ONE):
        with pytest.raises(TooManyUploads) as refused, upload_turn(ONE):
            pass
        with upload_turn(ANOTHER):  # whose places are its own
            pass
    with upload_turn(ONE):
        pass

    assert status_of(TooManyUploads) == 429
    assert refused.value.headers["Retry-After"] == "2"


def test_a_failed_upload_gives_its_place_back(settings: Settings) -> None:
    settings.COMPANY_UPLOADS_AT_ONCE = 1

    def fail() -> None:
        with upload_turn(ONE):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fail()

    with upload_turn(ONE):
        pass


# -- At the same time --------------------------------------------------------------------------


@pytest.mark.parametrize("companies", [(ONE, ANOTHER, None), (ONE, ONE, ONE)])
def test_the_same_new_files_counted_in_any_order_at_once_never_wait_for_each_other(
    companies: tuple[UUID | None, ...], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two files each would hold what the others want: in its own order, a deadlock."""

    def slowly(digest_hex: str) -> None:
        time.sleep(0.05)
        hold_digest(digest_hex)

    monkeypatch.setattr("corpid.files.services.count_files.hold_digest", slowly)

    def count_all(number: int, turn: int) -> None:
        contents = [f"{turn} {each}".encode() for each in range(3)]
        ordered = contents[number:] + contents[:number]
        try:
            arrivals = [receive(each, at=now, company_id=companies[number]) for each in ordered]
            together.wait(20)
            count(*arrivals, at=now, company_id=companies[number])
        finally:
            connection.close()

    together = threading.Barrier(3)
    with ThreadPoolExecutor(3) as pool:
        for turn in range(4):
            list(pool.map(count_all, range(3), [turn] * 3))

    assert StoredFile.objects.count() == 12
    assert Holding.objects.count() == 12 * len({*companies} - {None})
    assert not Arrival.objects.exists()
