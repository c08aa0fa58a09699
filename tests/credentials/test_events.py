"""What issuers and verifiers are told."""

import pytest

from corpid.notices.models import ServiceEvent
from credentials.services.change_status import Change, change_status
from tests.credentials.conftest import AT, World

pytestmark = pytest.mark.django_db


def test_an_issuer_is_told_of_its_credentials_and_nobody_else_is(world: World) -> None:
    credential = world.issue()
    for change in (Change.SUSPEND, Change.RESUME, Change.REVOKE):
        change_status(
            issuer=world.department,
            credential_id=credential.id,
            change=change,
            reason="Inspection",
            at=AT,
        )

    events = ServiceEvent.objects.order_by("id")

    assert {event.e_service_id for event in events} == {world.department.id}
    assert {(event.type, event.data["state"]) for event in events} == {
        ("credential.landed", "valid"),
        ("credential.suspended", "suspended"),
        ("credential.resumed", "valid"),
        ("credential.revoked", "revoked"),
    }
    assert all(event.data["id"] == credential.id for event in events)
    assert not any("Inspection" in str(event.data) for event in events)
