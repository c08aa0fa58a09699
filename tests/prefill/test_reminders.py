"""Sent isn't filed, and a consent that stands for long ends: both are told in time."""

from datetime import timedelta

import pytest

from corpid.notices.models import Notice, ServiceEvent
from prefill.models import Consent, PrefillRequest
from prefill.services.record_outcome import record_outcome
from prefill.services.remind_of_outcomes import remind_of_outcomes
from prefill.services.revoke_consent import revoke_consent
from prefill.services.warn_of_consents import AHEAD, STANDING, warn_of_consents
from tests.makers import NOW, make_officer, make_person
from tests.prefill.conftest import registers
from tests.prefill.world import PrefillWorld, make_prefill_world

__all__ = ["registers"]  # a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("registers")]

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def world() -> PrefillWorld:
    return make_prefill_world(NOW)


def reminded() -> int:
    return Notice.objects.filter(kind="prefill.not_confirmed").count()


def sent(world: PrefillWorld) -> PrefillRequest:
    request = world.fetched()
    world.collect(request)
    return request


def report(request: PrefillRequest, outcome: str) -> None:
    record_outcome(
        reference=request.reference,
        e_service_id=request.e_service_id,
        outcome=outcome,
        outcome_reference="1",
        accepted_at=NOW,
        at=NOW,
    )


def test_half_an_hour_without_an_outcome_reminds_whoever_sent_it_once(
    world: PrefillWorld,
) -> None:
    request = sent(world)

    assert remind_of_outcomes(at=NOW + HALF_AN_HOUR - timedelta(seconds=1)) == 0
    assert [remind_of_outcomes(at=NOW + HALF_AN_HOUR) for _ in range(2)] == [1, 0]

    notice = Notice.objects.get(kind="prefill.not_confirmed")
    assert notice.person_id == world.director.id
    assert notice.path == f"/forms/{request.reference}"


@pytest.mark.parametrize("outcome", ["filed", "rejected"])
def test_a_reported_form_needs_no_reminder(world: PrefillWorld, outcome: str) -> None:
    report(sent(world), outcome)

    assert remind_of_outcomes(at=NOW + HALF_AN_HOUR) == 0


def test_what_was_never_sent_is_not_reminded_of(world: PrefillWorld) -> None:
    world.fetched()

    assert remind_of_outcomes(at=NOW + HALF_AN_HOUR) == 0
    assert reminded() == 0


def stand(world: PrefillWorld, *, days: int = 365, uses: int = 10) -> Consent:
    consent = world.agree(world.arrived())
    Consent.objects.update(expires_at=NOW + timedelta(days=days), max_uses=uses)
    consent.refresh_from_db()
    return consent


def test_a_standing_consent_is_told_of_before_it_ends(world: PrefillWorld) -> None:
    other = make_person("Ho Director", email="ho@example.com")
    make_officer(world.company, other)
    consent = stand(world)

    assert warn_of_consents(at=consent.expires_at - AHEAD - timedelta(seconds=1)) == 0
    assert [warn_of_consents(at=consent.expires_at - AHEAD) for _ in range(2)] == [1, 0]

    told = Notice.objects.filter(kind="prefill.consent_expiring")
    assert set(told.values_list("person_id", flat=True)) == {world.director.id, other.id}
    event = ServiceEvent.objects.get(type="consent.expiring")
    assert event.e_service_id == world.bank.id
    assert event.data == {
        "id": consent.reference,
        "prefill_request": consent.request.reference,
        "company": world.company.ubi,
        "expires_at": consent.expires_at.isoformat(),
    }


@pytest.mark.parametrize(("days", "warned"), [(STANDING.days - 1, 0), (STANDING.days, 1)])
def test_one_for_a_single_form_ends_in_silence(
    world: PrefillWorld, days: int, warned: int
) -> None:
    consent = stand(world, days=days)

    assert warn_of_consents(at=consent.expires_at - timedelta(days=1)) == warned


def test_one_that_is_used_up_or_withdrawn_is_not_told_of(world: PrefillWorld) -> None:
    consent = stand(world)
    Consent.objects.update(uses=10)
    assert warn_of_consents(at=consent.expires_at - timedelta(days=1)) == 0

    Consent.objects.update(uses=0)
    revoke_consent(reference=consent.reference, at=NOW, acting=world.acting)
    assert warn_of_consents(at=consent.expires_at - timedelta(days=1)) == 0


def test_one_that_has_ended_is_not_told_of(world: PrefillWorld) -> None:
    consent = stand(world)

    assert warn_of_consents(at=consent.expires_at) == 0
