"""What signers are told beside being asked."""

import pytest
from django.utils import timezone

from corpid.notices.models import Notice, ServiceEvent
from signatures.services.abandon_sealing import abandon_sealing
from signatures.services.take_back_approval import take_back_approval
from tests.makers import make_e_service
from tests.signatures.conftest import House

pytestmark = pytest.mark.django_db


def test_each_approval_is_told_to_whoever_it_was_given_in_the_name_of(
    house: House, pdf: bytes
) -> None:
    request = house.open_request(pdf)

    house.approve(request, house.directors[0])

    notice = Notice.objects.get(kind="signatures.approved_in_my_name")
    assert notice.person_id == house.directors[0].id
    assert notice.company_id == house.company.id
    assert notice.path == f"/sign/{request.reference}"
    assert notice.entry.is_security
    assert notice.entry.is_confidential


def test_an_approval_that_was_taken_back_and_given_again_is_told_again(
    house: House, pdf: bytes
) -> None:
    request, person = house.open_request(pdf), house.directors[0]

    house.approve(request, person)
    take_back_approval(request=request, person=person, at=timezone.now())
    house.approve(request, person)

    assert Notice.objects.filter(kind="signatures.approved_in_my_name").count() == 2


@pytest.mark.parametrize(
    ("error_code", "kind", "told"),
    [
        ("authority_ended", "signatures.cannot_be_completed", [0, 1, 2]),
        ("unexpected_error", "signatures.ended", [0, 2]),
    ],
)
def test_what_can_not_be_completed_is_told_to_those_still_asked_too(
    house: House, pdf: bytes, error_code: str, kind: str, told: list[int]
) -> None:
    request = house.open_request(pdf)  # made by the third director
    house.approve(request, house.directors[0])

    abandon_sealing(request=request, error_code=error_code, at=timezone.now())

    persons = {house.directors[number].id for number in told}
    assert set(Notice.objects.filter(kind=kind).values_list("person_id", flat=True)) == persons
    assert not Notice.objects.waiting().exists()


def test_whoever_asked_learns_that_it_can_not_be_completed(house: House, pdf: bytes) -> None:
    bank = make_e_service()
    request = house.open_request(pdf, made_by=None, e_service=bank)

    abandon_sealing(request=request, error_code="authority_ended", at=timezone.now())

    event = ServiceEvent.objects.get(e_service_id=bank.id)
    assert event.type == "signature_request.cannot_be_completed"
