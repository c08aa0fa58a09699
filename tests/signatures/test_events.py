"""What the e-service that asked for a signature is told."""

import pytest

from authentication.models import EService
from corpid.notices.event_types import EVENT_TYPES
from corpid.notices.models import ServiceEvent
from signatures.models import SignatureRequest
from signatures.services.decline_request import decline_request
from tests.makers import NOW, make_e_service
from tests.signatures.conftest import House


@pytest.fixture
def e_service(house: House) -> EService:
    return make_e_service(scopes=("sign", "events"))


def test_a_complete_request_is_told_once(house: House, e_service: EService, pdf: bytes) -> None:
    request = house.open_request(pdf, made_by=None, e_service=e_service)
    house.approve(request, *house.directors[:2])

    house.run_jobs()

    event = ServiceEvent.objects.get(e_service_id=e_service.id)
    assert event.type == "signature_request.complete"
    assert event.data == {
        "id": request.reference,
        "company": house.company.ubi,
        "status": "complete",
    }


def test_a_no_is_told_without_name_or_reason(
    house: House, e_service: EService, pdf: bytes
) -> None:
    request = house.open_request(pdf, made_by=None, e_service=e_service, at=NOW)

    decline_request(
        request=request,
        person=house.directors[0],
        digest=request.digest,
        reason="Too expensive",
        at=NOW,
    )

    event = ServiceEvent.objects.get(e_service_id=e_service.id)
    assert event.type == "signature_request.declined"
    assert event.data.keys() == {"id", "company", "status"}


def test_a_request_that_a_person_made_tells_no_e_service(
    house: House, e_service: EService, pdf: bytes
) -> None:
    house.signed(pdf)

    assert not ServiceEvent.objects.exists()


def test_each_state_in_which_a_request_ends_has_its_event() -> None:
    ended = set(SignatureRequest.State) - set(SignatureRequest.OPEN)

    assert {f"signature_request.{state.value}" for state in ended} <= EVENT_TYPES.keys()
