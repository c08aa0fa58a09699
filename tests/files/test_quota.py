"""What a company keeps is counted, and more than its quota is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from corpid.files.holder import Holder
from corpid.files.models import Holding, StoredFile
from corpid.files.quota_used_up import QuotaUsedUp
from corpid.files.services.measure_quota import Quota, measure_quota
from corpid.files.services.purge_files import purge_files
from corpid.files.services.store_file import store_file
from corpid.files.storage import Storage
from corpid.problems import status_of

NOW = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
ONE, ANOTHER = UUID(int=1), UUID(int=2)

pytestmark = pytest.mark.usefixtures("storage")


@pytest.fixture(autouse=True)
def _quota(settings: Settings) -> None:
    settings.COMPANY_FILES_BYTES = 100


def store(
    content: bytes,
    company_id: UUID | None = ONE,
    *,
    is_agreed: bool = False,
    keep_until: datetime | None = None,
) -> StoredFile:
    return store_file(
        content=content,
        media_type="application/pdf",
        at=NOW,
        company_id=company_id,
        is_agreed=is_agreed,
        keep_until=keep_until,
    )


@pytest.mark.django_db
def test_a_quota_may_be_used_to_its_last_byte_and_no_further(storage: Storage) -> None:
    store(b"a" * 60)
    store(b"b" * 40)

    with pytest.raises(QuotaUsedUp), transaction.atomic():
        store(b"c")

    assert measure_quota(Holder(company_id=ONE)) == Quota(used=100, most=100)
    assert sorted(each.size for each in storage.held()) == [40, 60]
    assert StoredFile.objects.count() == 2


@pytest.mark.django_db
def test_the_same_content_again_costs_nothing() -> None:
    store(b"a" * 100)

    store(b"a" * 100)

    assert measure_quota(Holder(company_id=ONE)).left == 0


@pytest.mark.django_db
def test_content_of_two_companies_counts_for_both_and_is_kept_once(storage: Storage) -> None:
    store(b"a" * 60, ONE)
    store(b"a" * 60, ANOTHER)

    assert (
        measure_quota(Holder(company_id=ONE)).used,
        measure_quota(Holder(company_id=ANOTHER)).used,
    ) == (60, 60)
    assert len(list(storage.held())) == 1
    with pytest.raises(QuotaUsedUp):
        store(b"b" * 41, ANOTHER)


@pytest.mark.django_db
def test_a_file_of_nobody_counts_for_nobody() -> None:
    store(b"a" * 1000, None)

    assert not Holding.objects.exists()


@pytest.mark.django_db
def test_what_is_agreed_counts_and_is_never_refused() -> None:
    store(b"a" * 90)

    store(b"b" * 90, is_agreed=True)

    assert measure_quota(Holder(company_id=ONE)) == Quota(used=180, most=100)
    assert measure_quota(Holder(company_id=ONE)).left == 0


@pytest.mark.django_db
def test_what_is_purged_makes_room() -> None:
    store(b"a" * 100, keep_until=NOW + timedelta(hours=1))

    purge_files(at=NOW + timedelta(hours=1))

    assert measure_quota(Holder(company_id=ONE)).left == 100


@pytest.mark.django_db(transaction=True)
def test_of_twenty_uploads_at_once_only_those_that_fit_are_taken(storage: Storage) -> None:
    def upload(number: int) -> bool:
        try:
            store(bytes([number]) * 15)
        except QuotaUsedUp:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        taken = list(pool.map(upload, range(20)))

    assert taken.count(True) == 6
    assert measure_quota(Holder(company_id=ONE)).used == 90
    assert len(list(storage.held())) == 6


@pytest.mark.django_db(transaction=True)
def test_the_same_upload_twenty_times_at_once_counts_once() -> None:
    def upload(_: int) -> None:
        try:
            store(b"a" * 100)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(upload, range(20)))

    assert measure_quota(Holder(company_id=ONE)).used == 100


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_is_rolled_back_leaves_its_room() -> None:
    with transaction.atomic():
        store(b"a" * 100)
        transaction.set_rollback(True)

    assert measure_quota(Holder(company_id=ONE)).used == 0


def test_a_quota_that_is_used_up_is_no_fault_of_ours() -> None:
    assert status_of(QuotaUsedUp) == 409
