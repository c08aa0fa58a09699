from datetime import timedelta

import pytest

from corpid.audit.models import Event
from corpid.jobs.models import Job
from corpid.protocols.status_list import Status
from corpid.status.models import StatusEntry
from credentials.models import AccessLog, Credential, CredentialState
from credentials.services.change_status import (
    Change,
    CredentialNotFound,
    StatusDoesNotAllow,
    change_status,
)
from tests.credentials.conftest import AT, World
from tests.makers import make_company

pytestmark = pytest.mark.django_db


def change(world: World, credential: Credential, what: Change, **options: bool) -> Credential:
    return change_status(
        issuer=world.department,
        credential_id=credential.id,
        change=what,
        reason="Inspection of 2 March",
        at=AT + timedelta(days=1),
        **options,
    )


def test_a_suspended_licence_can_be_resumed_and_revoked(world: World) -> None:
    credential = world.issue()
    found = []

    for what in (Change.SUSPEND, Change.RESUME, Change.REVOKE):
        state = change(world, credential, what).state
        found.append((state, StatusEntry.objects.get().status))

    assert found == [
        (CredentialState.SUSPENDED, Status.SUSPENDED),
        (CredentialState.VALID, Status.VALID),
        (CredentialState.REVOKED, Status.INVALID),
    ]
    assert StatusEntry.objects.get().index == credential.status_index
    assert list(AccessLog.objects.order_by("id").values_list("kind", flat=True)) == [
        "issued",
        "suspended",
        "resumed",
        "revoked",
    ]


@pytest.mark.parametrize("what", list(Change))
def test_a_revocation_is_final(world: World, what: Change) -> None:
    credential = world.issue()
    change(world, credential, Change.REVOKE)

    with pytest.raises(StatusDoesNotAllow):
        change(world, credential, what)


def test_only_a_suspended_licence_is_resumed(world: World) -> None:
    with pytest.raises(StatusDoesNotAllow):
        change(world, world.issue(), Change.RESUME)


def test_a_licence_that_is_held_for_claim_can_be_revoked(world: World) -> None:
    credential = world.issue(make_company("Newcomer Limited"))

    assert change(world, credential, Change.REVOKE).state == CredentialState.REVOKED
    assert not StatusEntry.objects.exists()


def test_another_issuers_licence_is_not_there(world: World) -> None:
    credential = world.issue()

    with pytest.raises(CredentialNotFound):
        change_status(
            issuer=world.bank,
            credential_id=credential.id,
            change=Change.REVOKE,
            reason="",
            at=AT,
        )


def test_an_urgent_change_is_published_at_once(world: World) -> None:
    change(world, world.issue(), Change.REVOKE, is_urgent=True)

    assert Job.objects.get(kind="status.publish").run_after == AT + timedelta(days=1)


def test_the_reason_is_kept_where_it_can_be_erased(world: World) -> None:
    change(world, world.issue(), Change.SUSPEND)

    event = Event.objects.get(kind="credentials.credential.suspended")
    assert "Inspection" not in str(event.facts)
