"""What the asking e-service is told of a form's way: states and ids, never a value."""

import json
from datetime import timedelta

from corpid.notices.models import ServiceEvent
from prefill.services.end_requests import end_requests
from prefill.services.revoke_consent import revoke_consent
from tests.prefill.world import PrefillWorld


def told(world: PrefillWorld) -> list[tuple[str, dict[str, object]]]:
    events = ServiceEvent.objects.filter(e_service_id=world.bank.id).order_by("occurred_at")
    return [(event.type, event.data) for event in events]


def test_the_bank_is_told_that_the_result_can_be_collected(world: PrefillWorld) -> None:
    request = world.fetched()

    ((type_, data),) = told(world)
    assert type_ == f"prefill_request.{request.state}"
    assert data == {"id": request.reference, "company": "71234567", "status": request.state}
    assert "GOLDEN HARVEST" not in json.dumps(data)


def test_the_bank_is_told_of_a_no_without_a_name(world: PrefillWorld) -> None:
    request = world.arrived()

    world.agree(request, granted=())

    ((type_, data),) = told(world)
    assert type_ == "prefill_request.refused"
    assert data.keys() == {"id", "company", "status"}


def test_a_withdrawal_is_told_once(world: PrefillWorld) -> None:
    request = world.fetched()
    consent = world.consent_of(request)

    for _ in range(2):
        revoke_consent(reference=consent.reference, acting=world.acting, at=world.now)

    withdrawals = [data for type_, data in told(world) if type_ == "consent.revoked"]
    assert withdrawals == [
        {
            "id": consent.reference,
            "prefill_request": request.reference,
            "company": "71234567",
        }
    ]


def test_a_request_that_nobody_answered_is_told_as_expired(world: PrefillWorld) -> None:
    request = world.arrived()

    end_requests(at=request.expires_at + timedelta(seconds=1))

    assert [type_ for type_, _ in told(world)] == ["prefill_request.expired"]
