"""Handing over: once for each use, identical when repeated, gone after the last."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from authentication.models import CompanyStatus, Restriction
from authentication.powers import POWERS, SIGN_IN
from authentication.services.establish_catalogue import establish_catalogue
from authentication.services.find_active_e_service import EServiceNotActive
from corpid.audit.models import Event
from corpid.one_time.services.consume_token import TokenNotUsable
from corpid.problems import problem_of
from prefill.field_result import digest_of
from prefill.models import Consent, PrefillRequest, Release
from prefill.powers import CONSENT
from prefill.powers import POWERS as PREFILL_POWERS
from prefill.sealed_result import NoEncryptionKey, choose_encryption_key
from prefill.services.end_requests import end_requests
from prefill.services.find_request import RequestNotFound
from prefill.services.receive_browser import receive_browser
from prefill.services.refuse_expired import RequestExpired
from prefill.services.release_result import (
    CompanyMayNotSend,
    ConsentEnded,
    ConsentPending,
    DeclinedByCompany,
    ResultGone,
    ResultNotReady,
    SealedRelease,
)
from prefill.services.revoke_consent import revoke_consent
from prefill.shipped_forms import BANK_ACCOUNT_OPENING, BUSINESS_REGISTRATION_RENEWAL
from tests.makers import make_e_service, make_mandate, make_person
from tests.prefill.world import PrefillWorld, make_prefill_world

MINUTE = timedelta(seconds=60)


def test_a_repeat_within_a_minute_is_identical_and_counts_once(world: PrefillWorld) -> None:
    request = world.fetched()

    first = world.collect(request)
    world.pass_by(timedelta(seconds=59))
    second = world.collect(request)

    assert (second.jwe, second.reference) == (first.jwe, first.reference)
    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert world.consent_of(request).uses == 1


def test_after_the_last_use_and_a_minute_it_is_gone(world: PrefillWorld) -> None:
    request = world.fetched()
    world.collect(request)
    world.pass_by(MINUTE)

    with pytest.raises(ResultGone):
        world.collect(request)


def test_after_the_last_use_the_values_are_destroyed(world: PrefillWorld) -> None:
    request = world.fetched()

    world.collect(request)

    kept = PrefillRequest.objects.get(pk=request.pk)
    assert (kept.state, kept.wrapped_data_key, kept.sealed_values) == (
        PrefillRequest.State.RELEASED,
        None,
        None,
    )


@pytest.mark.usefixtures("db", "registers")
def test_a_consent_for_two_uses_is_used_twice() -> None:
    form = replace(BANK_ACCOUNT_OPENING, max_uses=2)
    world = make_prefill_world(timezone.now(), form=form)
    request = world.fetched()

    first = world.collect(request)
    world.pass_by(MINUTE)
    second = world.collect(request)
    world.pass_by(MINUTE)

    assert first.reference != second.reference
    assert world.open(first)["filled"] == world.open(second)["filled"]
    with pytest.raises(ResultGone):
        world.collect(request)


def test_the_copy_kept_for_a_repeat_is_emptied_by_housekeeping(world: PrefillWorld) -> None:
    request = world.fetched()
    world.collect(request)

    end_requests(at=world.now + timedelta(seconds=59))
    kept = Release.objects.get().sealed
    end_requests(at=world.now + MINUTE)

    assert kept
    assert Release.objects.get().sealed == ""
    assert len(Release.objects.get().sent_sha256) == 64


def test_digests_let_the_bank_see_a_changed_value(world: PrefillWorld) -> None:
    claims = world.open(world.collect(world.fetched()))
    salt = bytes.fromhex(claims["digest"]["salt"])
    field = claims["fields"]["/company/name_en"]

    assert field["digest"] == digest_of(claims["filled"]["company"]["name_en"], salt=salt)
    assert field["digest"] != digest_of("GOLDEN HARVEST TRADING LTD", salt=salt)


def test_nobody_but_the_asking_e_service_collects(world: PrefillWorld) -> None:
    request = world.fetched()
    other = make_e_service("other-bank")

    with pytest.raises(RequestNotFound):
        world.collect(request, e_service_id=other.id)


def test_before_an_answer_there_is_nothing_to_collect(world: PrefillWorld) -> None:
    pushed = world.push().request
    with pytest.raises(ConsentPending):
        world.collect(pushed)

    request = world.arrived()
    with pytest.raises(ConsentPending):
        world.collect(request)

    world.agree(request)
    with pytest.raises(ResultNotReady):
        world.collect(request)


def test_a_refusal_is_told_without_a_reason(world: PrefillWorld) -> None:
    request = world.arrived()
    world.agree(request, "cr.company.number")

    with pytest.raises(DeclinedByCompany):
        world.collect(request)


def test_consent_ends_at_its_moment(world: PrefillWorld) -> None:
    request = world.fetched()
    expires_at = world.consent_of(request).expires_at

    with pytest.raises(ConsentEnded):
        world.collect(request, at=expires_at)
    world.collect(request, at=expires_at - timedelta(seconds=1))


def test_what_is_not_collected_in_time_is_destroyed(world: PrefillWorld) -> None:
    request = world.fetched()

    ended = end_requests(at=world.consent_of(request).expires_at)

    kept = PrefillRequest.objects.get(pk=request.pk)
    assert (ended.requests_expired, ended.values_destroyed) == (1, 1)
    assert (kept.state, kept.sealed_values) == (PrefillRequest.State.EXPIRED, None)
    with pytest.raises(RequestExpired):
        world.collect(request)


def test_the_log_says_that_a_request_expired_and_its_values_were_destroyed(
    world: PrefillWorld,
) -> None:
    uncollected, unanswered = world.fetched(), world.arrived()
    ends = [world.consent_of(uncollected).expires_at, unanswered.expires_at]
    later = max(ends)

    end_requests(at=min(ends) - timedelta(seconds=1))
    assert not Event.objects.filter(kind="prefill.request.expired").exists()
    end_requests(at=later)
    end_requests(at=later + MINUTE)

    told = {
        event.subject: (event.actor, event.company_id, event.facts)
        for event in Event.objects.filter(kind="prefill.request.expired")
    }
    assert told == {
        f"prefill-request:{uncollected.reference}": (
            "system",
            world.company.id,
            {"was": "partial", "values_destroyed": True},
        ),
        f"prefill-request:{unanswered.reference}": (
            "system",
            None,
            {"was": "awaiting_consent", "values_destroyed": False},
        ),
    }
    assert Event.objects.filter(kind="prefill.request.expired").count() == 2


def test_what_was_collected_ends_without_having_expired(world: PrefillWorld) -> None:
    request = world.fetched()
    world.collect(request)

    ended = end_requests(at=world.consent_of(request).expires_at)

    assert (ended.requests_expired, ended.values_destroyed) == (0, 0)
    assert PrefillRequest.objects.get(pk=request.pk).state == PrefillRequest.State.PURGED
    event = Event.objects.get(kind="prefill.request.purged")
    assert event.facts == {"was": "released", "values_destroyed": False}


def test_the_log_says_once_that_a_browser_arrived(world: PrefillWorld) -> None:
    pushed = world.push()

    receive_browser(request_uri=pushed.request_uri, at=world.now)
    with pytest.raises(TokenNotUsable):
        receive_browser(request_uri=pushed.request_uri, at=world.now)

    event = Event.objects.get(kind="prefill.request.arrived")
    assert (event.actor, event.subject) == (
        "browser",
        f"prefill-request:{pushed.request.reference}",
    )


def test_a_request_nobody_answered_expires(world: PrefillWorld) -> None:
    request = world.arrived()

    end_requests(at=world.now + timedelta(days=7))

    assert PrefillRequest.objects.get(pk=request.pk).state == PrefillRequest.State.EXPIRED


def test_a_struck_off_company_sends_nothing_more(world: PrefillWorld) -> None:
    request = world.fetched()
    world.company.status = CompanyStatus.STRUCK_OFF
    world.company.save(update_fields=["status"])

    with pytest.raises(CompanyMayNotSend):
        world.collect(request)


@pytest.mark.usefixtures("db", "registers")
def test_an_expired_registration_still_renews_itself() -> None:
    world = make_prefill_world(timezone.now(), form=BUSINESS_REGISTRATION_RENEWAL)
    world.company.status = CompanyStatus.REGISTRATION_EXPIRED
    world.company.save(update_fields=["status"])
    pushed = world.push(form=BUSINESS_REGISTRATION_RENEWAL.slug)
    request = receive_browser(request_uri=pushed.request_uri, at=world.now)
    world.agree(request)
    claims = world.open(world.collect(world.fetch(request)))

    assert claims["filled"]["certificate"]["number"] == "71234567-000-03-26-4"


def restrict(kind: str, subject: UUID, world: PrefillWorld, **more: Any) -> Restriction:
    return Restriction.objects.create(
        subject_kind=kind,
        subject_id=subject,
        kind=Restriction.Kind.SUSPECTED_FRAUD,
        valid_from=more.pop("valid_from", world.now),
        **more,
    )


def subject_of(kind: str, world: PrefillWorld) -> UUID:
    """Find what the handing-over rests on: the person here acts by mandate."""
    subjects = {
        "company": world.company.id,
        "person": world.director.id,
        "agent": world.director.id,
        "mandate": world.company.mandates_given.get().id,
    }
    return subjects[kind]


@pytest.fixture
def by_mandate(world: PrefillWorld) -> PrefillWorld:
    """Let an agent, who holds no office of the company, be the one that agrees."""
    establish_catalogue(powers=(*POWERS, *PREFILL_POWERS))
    world.director = make_person("Wong Mei Ling", email="wong@agents.example")
    mandate = make_mandate(world.company, world.director, SIGN_IN, CONSENT)
    mandate.valid_until = world.now + timedelta(days=365)
    mandate.save(update_fields=["valid_until"])
    return world


BY_MANDATE = ("company", "person", "agent", "mandate")


@pytest.mark.parametrize("kind", BY_MANDATE)
def test_a_restriction_set_after_the_consent_stops_the_handing_over(
    by_mandate: PrefillWorld, kind: str
) -> None:
    request = by_mandate.fetched()
    restrict(kind, subject_of(kind, by_mandate), by_mandate)

    with pytest.raises(CompanyMayNotSend):
        by_mandate.collect(request)
    assert by_mandate.consent_of(request).uses == 0


@pytest.mark.parametrize("kind", BY_MANDATE)
@pytest.mark.parametrize(
    "outside",
    [
        {"powers": ["corpid.registration.renew"]},
        {"exceptions": [CONSENT]},
        {"valid_from": timedelta(seconds=1)},
        {"valid_from": -MINUTE, "valid_until": timedelta()},
    ],
)
def test_a_restriction_of_something_else_does_not_stop_it(
    by_mandate: PrefillWorld, kind: str, outside: dict[str, Any]
) -> None:
    request = by_mandate.fetched()
    more = {
        name: by_mandate.now + value if isinstance(value, timedelta) else value
        for name, value in outside.items()
    }
    restrict(kind, subject_of(kind, by_mandate), by_mandate, **more)

    assert by_mandate.collect(request).jwe


@pytest.mark.parametrize("kind", BY_MANDATE)
def test_a_restriction_stops_the_repeat_of_what_was_handed_over(
    by_mandate: PrefillWorld, kind: str
) -> None:
    request = by_mandate.fetched()
    by_mandate.collect(request)
    restrict(kind, subject_of(kind, by_mandate), by_mandate)

    with pytest.raises(CompanyMayNotSend):
        by_mandate.collect(request)


def test_a_restriction_of_the_e_service_stops_the_handing_over(world: PrefillWorld) -> None:
    request = world.fetched()
    stopped = restrict("e_service", world.bank.id, world, powers=[CONSENT])

    with pytest.raises(EServiceNotActive):
        world.collect(request)
    assert world.consent_of(request).uses == 0

    stopped.powers = ["corpid.registration.renew"]
    stopped.save()
    assert world.collect(request).jwe


def test_a_secret_restriction_looks_like_every_other_to_the_e_service(
    world: PrefillWorld,
) -> None:
    request = world.fetched()
    told = restrict("company", world.company.id, world)
    with pytest.raises(CompanyMayNotSend) as open_one:
        world.collect(request)
    told.delete()
    restrict("person", world.director.id, world, may_be_told=False)
    with pytest.raises(CompanyMayNotSend) as secret:
        world.collect(request)

    answers = [problem_of(each.value, trace_id="t") for each in (open_one, secret)]
    assert answers[0] == answers[1]


def test_a_person_who_left_sends_nothing_more(world: PrefillWorld) -> None:
    request = world.fetched()
    office = world.company.officers.get()
    office.ceased_on = timezone.localdate(world.now) + timedelta(days=1)
    office.save()
    assert world.collect(request).jwe
    office.ceased_on = timezone.localdate(world.now)
    office.save()

    with pytest.raises(CompanyMayNotSend):
        world.collect(request)


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "EC", "crv": "P-256", "use": "sig", "kid": "a"},
        {"kty": "EC", "crv": "secp256k1", "use": "enc", "kid": "a"},
        {"kty": "EC", "crv": "P-256", "use": "enc", "alg": "ECDH-ES", "kid": "a"},
        {"kty": "EC", "crv": "P-256", "use": "enc"},
        {"kty": "RSA", "use": "enc", "kid": "a"},
        {"kty": "oct", "k": "c2VjcmV0", "use": "enc", "kid": "a"},
        {},
    ],
)
def test_only_a_key_meant_for_encryption_is_encrypted_to(key: dict[str, Any]) -> None:
    with pytest.raises(NoEncryptionKey):
        choose_encryption_key([key])


@pytest.mark.usefixtures("registers")
@pytest.mark.django_db(transaction=True)
def test_two_collectors_at_once_get_the_same_and_use_one() -> None:
    world = make_prefill_world(timezone.now())
    request = world.fetched()
    found: list[SealedRelease] = []
    start = threading.Barrier(4)

    def collect() -> None:
        start.wait()
        found.append(world.collect(request))
        connection.close()

    threads = [threading.Thread(target=collect) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({one.jwe for one in found}) == 1
    assert Consent.objects.get(request=request).uses == 1


def test_a_late_yes_can_be_collected_for_as_long_as_it_was_given(world: PrefillWorld) -> None:
    request = world.arrived()
    world.pass_by(timedelta(days=7) - timedelta(minutes=1))
    world.agree(request)
    request = world.fetch(request)
    world.pass_by(timedelta(hours=1))

    assert world.collect(request).jwe


def race(world: PrefillWorld, request: PrefillRequest) -> list[str]:
    """Collect and withdraw at the same moment; tell what each was told."""
    acting, start, said = world.acting, threading.Barrier(2), []

    def collect() -> None:
        start.wait()
        try:
            world.collect(request)
            said.append("collected")
        except ConsentEnded:
            said.append("ended")
        connection.close()

    def withdraw() -> None:
        start.wait()
        revoke_consent(reference=request.consent.reference, acting=acting, at=world.now)
        said.append("withdrawn")
        connection.close()

    threads = [threading.Thread(target=one) for one in (collect, withdraw)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


@pytest.mark.usefixtures("registers")
@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_and_a_collection_at_once_do_not_wait_in_a_circle() -> None:
    world = make_prefill_world(timezone.now())
    for _ in range(6):
        request = world.fetched()

        said = race(world, request)

        assert len(said) == 2
        kept = PrefillRequest.objects.get(pk=request.pk)
        assert (kept.state, kept.sealed_values) == (PrefillRequest.State.REVOKED, None)
        assert not Release.objects.filter(consent=request.consent).exclude(sealed="").exists()
