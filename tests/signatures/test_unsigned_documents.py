"""What an e-service asks to be signed counts for it until it is, and goes if it is not."""

import io
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from authentication.models import EService
from corpid.files.holder import Holder
from corpid.files.models import NEW_FOR, StoredFile
from corpid.files.quota_used_up import UnsignedQuotaUsedUp
from corpid.files.services.measure_quota import measure_quota
from corpid.files.services.sweep_orphans import ORPHANED_FOR, sweep_orphans
from corpid.meters.expiring import measure_overdue
from signatures.models import SignatureRequest
from signatures.models.request import UNSIGNED_KEPT
from signatures.services.decline_request import decline_request
from signatures.services.examine_uploads import Upload
from signatures.services.expire_requests import expire_requests
from signatures.services.release_documents import release_documents
from signatures.services.withdraw_request import withdraw_request
from tests.makers import make_e_service
from tests.signatures.conftest import House

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def e_service(house: House) -> EService:
    return make_e_service(scopes=("sign",))


def asked(house: House, e_service: EService, pdf: bytes) -> SignatureRequest:
    return house.open_request(pdf, made_by=None, e_service=e_service)


def used(*, house: House | None = None, e_service: EService | None = None) -> int:
    return measure_quota(
        Holder(
            company_id=house.company.id if house else None,
            e_service_id=e_service.id if e_service else None,
        )
    ).used


def ended(request: SignatureRequest) -> datetime:
    request.refresh_from_db()
    assert request.ended_at is not None
    return request.ended_at


def test_an_e_service_fills_its_own_quota_and_not_the_companys(
    house: House, e_service: EService, pdf: bytes, settings: Settings
) -> None:
    settings.E_SERVICE_FILES_BYTES = settings.COMPANY_FILES_BYTES = len(pdf) + 20
    asked(house, e_service, pdf)

    with pytest.raises(UnsignedQuotaUsedUp):
        asked(house, e_service, pdf + b"\n% a second one, longer\n")
    house.open_request(pdf + b"\n% its own\n")  # the company's room is untouched

    assert (used(house=house), used(e_service=e_service)) == (len(pdf) + 11, len(pdf))


def test_signed_documents_count_for_the_company_however_full_it_is(
    house: House, e_service: EService, pdf: bytes, settings: Settings
) -> None:
    settings.COMPANY_FILES_BYTES = 1
    request = asked(house, e_service, pdf)
    house.approve(request, *house.directors[:2])

    house.run_jobs()

    signed = StoredFile.objects.get(pk=request.documents.get().signed_digest)
    assert used(e_service=e_service) == 0
    assert used(house=house) == len(pdf) + signed.size


def test_a_document_asked_for_twice_counts_until_the_second_is_signed_too(
    house: House, e_service: EService, pdf: bytes
) -> None:
    first, _second = (asked(house, e_service, pdf) for _ in range(2))
    house.approve(first, *house.directors[:2])

    house.run_jobs()

    assert used(e_service=e_service) == len(pdf)


@pytest.mark.parametrize("how", ["withdrawn", "declined", "expired"])
def test_what_ended_unsigned_is_let_go_after_a_week_and_swept_away(
    how: str, house: House, e_service: EService, pdf: bytes
) -> None:
    request, now = asked(house, e_service, pdf), timezone.now()
    if how == "withdrawn":
        withdraw_request(request=request, e_service=e_service, at=now)
    elif how == "declined":
        decline_request(
            request=request,
            person=house.directors[0],
            digest=request.digest,
            reason="Too dear.",
            at=now,
        )
    else:
        expire_requests(at=request.expires_at)
    due = ended(request) + UNSIGNED_KEPT

    early = release_documents(at=due - MOMENT)
    overdue = measure_overdue(due + timedelta(minutes=5))["unsigned_documents"]
    released = [release_documents(at=due), release_documents(at=due)]
    sweep_orphans(at=due + NEW_FOR)
    sweep_orphans(at=due + NEW_FOR + ORPHANED_FOR)

    assert (request.state, early, released) == (how, 0, [1, 0])
    assert overdue == timedelta(minutes=5)
    assert measure_overdue(due + timedelta(minutes=5))["unsigned_documents"] == timedelta(0)
    assert used(e_service=e_service) == 0
    assert not StoredFile.objects.exists()
    assert request.documents.get().original_digest == request.digest  # what it was is known


def test_what_a_company_asked_itself_and_ended_makes_room_too(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    withdraw_request(request=request, person=house.directors[2], at=timezone.now())

    release_documents(at=ended(request) + UNSIGNED_KEPT)

    assert used(house=house) == 0


def test_what_somebody_signed_or_still_may_sign_stays(
    house: House, shop: House, e_service: EService, pdf: bytes
) -> None:
    withdrawn, _open = (asked(house, e_service, pdf) for _ in range(2))
    signed = shop.open_request(pdf)
    shop.approve(signed, shop.directors[0])
    shop.run_jobs()
    withdraw_request(request=withdrawn, e_service=e_service, at=timezone.now())
    due = ended(withdrawn) + UNSIGNED_KEPT

    release_documents(at=due)
    sweep_orphans(at=due + NEW_FOR)
    sweep_orphans(at=due + NEW_FOR + ORPHANED_FOR)

    assert used(e_service=e_service) == len(pdf)
    assert StoredFile.objects.filter(pk=withdrawn.digest).exists()
    signed.refresh_from_db()
    assert signed.documents.get().released_at is None


def test_what_failed_by_our_fault_is_kept_as_long_as_it_may_be_taken_up_again(
    house: House, pdf: bytes
) -> None:
    request = house.open_request(pdf, expires_at=timezone.now() + timedelta(days=30))
    SignatureRequest.objects.filter(pk=request.pk).update(
        state=SignatureRequest.State.FAILED, ended_at=request.created_at
    )

    assert release_documents(at=request.expires_at - MOMENT) == 0
    assert release_documents(at=request.expires_at) == 1


def test_a_document_that_was_let_go_can_be_asked_for_again(
    house: House, e_service: EService, pdf: bytes
) -> None:
    request = asked(house, e_service, pdf)
    withdraw_request(request=request, e_service=e_service, at=timezone.now())
    release_documents(at=ended(request) + UNSIGNED_KEPT)

    again = house.open_request(
        pdf,
        made_by=None,
        e_service=e_service,
        uploads=[Upload("agreement.pdf", io.BytesIO(pdf))],
    )
    house.approve(again, *house.directors[:2])
    house.run_jobs()

    again.refresh_from_db()
    assert again.state == SignatureRequest.State.COMPLETE
