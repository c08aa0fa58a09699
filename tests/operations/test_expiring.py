"""Everything that expires has a purge, and a gauge that shows when the purge stops."""

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils import timezone
from pytest_django import Settings

from authentication import tasks as authentication_tasks
from authentication.models import (
    Account,
    BrowserSession,
    LimitUse,
    PushedRequest,
    RevokedAccessToken,
)
from corpid.api import tasks as api_tasks
from corpid.api.models import IdempotentAnswer
from corpid.celery import app as celery_app
from corpid.files import tasks as files_tasks
from corpid.files.models import Orphan
from corpid.files.services.receive_file import receive_file
from corpid.files.services.store_file import store_file
from corpid.jobs import tasks as jobs_tasks
from corpid.jobs.models import Job
from corpid.meters.expiring import expiring_kinds, measure_overdue
from corpid.notices import tasks as notices_tasks
from corpid.notices.models import (
    BouncingAddress,
    Notice,
    NoticeMail,
    ServiceEvent,
    WebhookEndpoint,
    WebhookSecret,
)
from corpid.one_time.services.issue_token import issue_token
from credentials import tasks as credentials_tasks
from credentials.models import PresentationRequest
from prefill import tasks as prefill_tasks
from prefill.models import Consent, PrefillRequest, Release
from prefill.models.release import REPEATABLE_FOR
from signatures import tasks as signatures_tasks
from signatures.models import SignatureRequest, Verification
from signatures.services.withdraw_request import withdraw_request
from tests.demonstration.register_simulator import RunningRegisters
from tests.makers import make_company, make_e_service, make_person
from tests.prefill.conftest import registers
from tests.prefill.world import make_prefill_world
from tests.signatures.conftest import House, files, house, pdf

__all__ = ["files", "house", "pdf", "registers"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)

# Every field that tells of an end: which gauge watches it, or why the row stays.
WATCHED = {
    "authentication.LimitUse.expires_at": "reservations",
    "authentication.PushedRequest.expires_at": "pushed_requests",
    "authentication.RevokedAccessToken.expires_at": "revoked_access_tokens",
    "credentials.PresentationRequest.expires_at": "presentation_requests",
    "files.StoredFile.keep_until": "files",
    "notices.WebhookSecret.ends_at": "webhook_secrets",
    "one_time.OneTimeToken.expires_at": "one_time_tokens",
    "prefill.Consent.expires_at": "prefill_values",
    "prefill.PrefillRequest.expires_at": "prefill_questions",
    "sessions.Session.expire_date": "session_cookies",
    "signatures.SignatureRequest.expires_at": "signature_requests",
    "signatures.Verification.keep_until": "verifications",
}
WATCHED_BY_AGE = {
    "arriving_files",
    "unsigned_documents",
    "orphaned_files",
    "idempotent_answers",
    "ended_reservations",
    "events",
    "jobs",
    "unused_sessions",
    "long_sessions",
    "prefill_copies",
    "notices",
    "notice_mails",
    "bouncing_addresses",
}
STAYS = {
    "authentication.Approval.closes_at": "ends with the request that it is for",
    "authentication.BusinessRegistration.valid_until": "what was in force then",
    "authentication.CompanyName.valid_until": "what it was called then",
    "authentication.Mandate.valid_until": "who could act then",
    "authentication.MemberRole.valid_until": "who could act then",
    "authentication.Restriction.valid_until": "what was restricted then",
    "credentials.Credential.expires_at": "the company's own licence",
    "credentials.IssuerProfile.valid_until": "who could issue then",
    "jobs.Job.leased_until": "a moment of work under way",
    "keys.SigningKey.published_until": "verifies for ever what it signed",
    "notices.WebhookDelivery.gives_up_at": "goes with its event",
    "notices.WebhookEndpoint.rests_until": "a moment of work under way",
    "operations.Outage.ends_at": "the public record of what was away",
    "signatures.Certificate.not_after": "verifies what was signed then",
    "signatures.Verification.upload_until": "the file's own keep_until says so",
    "status.StatusListVersion.expires_at": "answers for past moments",
}
_ENDS = ("expires_at", "expire_date", "closes_at", "ends_at", "gives_up_at", "not_after")


def fields_that_tell_of_an_end() -> Iterator[str]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:  # noqa: SLF001  Django's documented _meta
            if not isinstance(field, models.DateField):
                continue
            if field.name in _ENDS or field.name.endswith("_until"):
                yield f"{model._meta.label}.{field.name}"  # noqa: SLF001  as above


def test_every_field_that_tells_of_an_end_is_watched_or_says_why_its_row_stays() -> None:
    known = {*WATCHED, *STAYS}

    assert set(fields_that_tell_of_an_end()) == known
    assert set(expiring_kinds()) == set(WATCHED.values()) | WATCHED_BY_AGE


def test_nothing_is_overdue_where_nothing_is() -> None:
    assert set(measure_overdue(timezone.now()).values()) == {timedelta(0)}


def token(now: datetime) -> None:
    issue_token(purpose="p", subject="s", bound_to={}, expires_at=now - 3 * DAY)


def answer(now: datetime) -> None:
    IdempotentAnswer.objects.create(
        client_id="c",
        route="r",
        key="k",
        body_sha256=b"0" * 32,
        status=201,
        answer={},
        created_at=now - 3 * DAY,
    )


def ended_job(now: datetime) -> None:
    ended = now - 32 * DAY
    Job.objects.create(
        kind="k", queue="sign", state="done", created_at=ended, run_after=ended, ended_at=ended
    )


def event(now: datetime) -> None:
    ServiceEvent.objects.create(
        e_service_id=uuid4(), type="webhook.test", occurred_at=now - 32 * DAY
    )


def secret(now: datetime) -> None:
    endpoint = WebhookEndpoint.objects.create(
        e_service_id=uuid4(), url="https://a.example/", created_at=now
    )
    WebhookSecret.objects.create(
        endpoint=endpoint, wrapped=b"w", created_at=now, ends_at=now - 2 * DAY
    )


def notice(now: datetime) -> Notice:
    raised = now - configured.NOTICES_KEPT - 2 * DAY
    return Notice.objects.create(
        kind="security.check_phrase_changed",
        person_id=uuid4(),
        subject="s",
        path="/account/notices",
        is_task=False,
        raised_at=raised,
    )


def notice_mail(now: datetime) -> None:
    ended = now - configured.NOTICE_MAILS_KEPT - 2 * DAY
    told = notice(now)
    Notice.objects.update(raised_at=ended)  # itself kept for longer
    NoticeMail.objects.create(
        notice=told,
        person_id=told.person_id,
        state="withheld",
        asked_at=ended,
        ended_at=ended,
    )


def bouncing_address(now: datetime) -> None:
    BouncingAddress.objects.create(
        address="a@a.example",
        answer="550",
        bounced_at=now - configured.NOTICE_MAILS_KEPT - 2 * DAY,
    )


def cookie(now: datetime) -> None:
    Session.objects.create(session_key="k", session_data="", expire_date=now - 2 * DAY)


def account() -> Account:
    found = make_person(email="chan@people.example").account
    assert found is not None
    return found


def unused_session(now: datetime) -> None:
    BrowserSession.objects.create(
        account=account(),
        started_at=now - 2 * DAY,
        seen_at=now - 2 * DAY,
    )


def long_session(now: datetime) -> None:
    BrowserSession.objects.create(
        account=account(),
        started_at=now - 3 * DAY,
        seen_at=now,
    )


def pushed(now: datetime) -> None:
    PushedRequest.objects.create(
        reference_hash=secrets.token_bytes(32),
        e_service=make_e_service(),
        parameters={},
        pushed_at=now - 4 * DAY,
        expires_at=now - 4 * DAY + timedelta(seconds=90),
    )


def revoked_access_token(now: datetime) -> None:
    RevokedAccessToken.objects.create(
        token_id="at_1", revoked_at=now - 2 * DAY, expires_at=now - 2 * DAY
    )


def reservation(now: datetime, **changes: Any) -> None:
    wishes = {
        "e_service": make_e_service(),
        "e_service_reference": "payment-1",
        "person": make_person(),
        "company": make_company(),
        "power": "corpid.sign_in",
        "value": 1,
        "currency": "HKD",
        "reserved_at": now - 3 * DAY,
        "expires_at": now - 2 * DAY,
    }
    LimitUse.objects.create(**wishes | changes)


def ended_reservation(now: datetime) -> None:
    long_ago = now - 33 * DAY
    reservation(
        now,
        reserved_at=long_ago,
        expires_at=long_ago + DAY,
        ended_at=now - 32 * DAY,
        state="released",
    )


def question(now: datetime) -> None:
    PresentationRequest.objects.create(
        e_service=make_e_service(),
        purpose="p",
        query={},
        client_id="c",
        nonce="n",
        state_parameter="s",
        created_at=now - 33 * DAY,
        expires_at=now - 32 * DAY,
    )


def verification(now: datetime) -> None:
    Verification.objects.create(
        digest="0" * 64,
        created_at=now - 92 * DAY,
        upload_until=now - 92 * DAY,
        keep_until=now - 2 * DAY,
    )


def file(now: datetime) -> None:
    store_file(
        content=b"content",
        media_type="application/pdf",
        max_bytes=100,
        at=now - 3 * DAY,
        keep_until=now - 2 * DAY,
    )


def orphan(now: datetime) -> None:
    """Bytes whose transaction was rolled back, seen first two days ago."""
    with transaction.atomic():
        stored = store_file(content=b"orphan", media_type="application/pdf", at=now)
        transaction.set_rollback(True)
    Orphan.objects.create(
        digest_hex=stored.digest_hex, size=stored.size, found_at=now - 2 * DAY
    )


def arrival(now: datetime) -> None:
    """Bytes that nobody came to count, seen first two days ago."""
    left = receive_file(
        content=b"arrival", media_type="application/pdf", max_bytes=100, at=now - 3 * DAY
    )
    Orphan.objects.create(digest_hex=left.digest_hex, size=left.size, found_at=now - 2 * DAY)


PURGES: dict[str, tuple[Callable[[datetime], object], Callable[[], None]]] = {
    "one_time_tokens": (token, authentication_tasks.forget),
    "idempotent_answers": (answer, api_tasks.purge),
    "jobs": (ended_job, jobs_tasks.purge),
    "events": (event, notices_tasks.forget),
    "webhook_secrets": (secret, notices_tasks.forget),
    "notices": (notice, notices_tasks.forget),
    "notice_mails": (notice_mail, notices_tasks.forget),
    "bouncing_addresses": (bouncing_address, notices_tasks.forget),
    "session_cookies": (cookie, authentication_tasks.forget),
    "unused_sessions": (unused_session, authentication_tasks.forget),
    "long_sessions": (long_session, authentication_tasks.forget),
    "pushed_requests": (pushed, authentication_tasks.forget),
    "revoked_access_tokens": (revoked_access_token, authentication_tasks.forget),
    "reservations": (reservation, authentication_tasks.forget),
    "ended_reservations": (ended_reservation, authentication_tasks.forget),
    "presentation_requests": (question, credentials_tasks.forget),
    "verifications": (verification, signatures_tasks.forget),
    "files": (file, signatures_tasks.forget),
    "orphaned_files": (orphan, files_tasks.sweep),
    "arriving_files": (arrival, files_tasks.sweep),
}
# Whose rows take more to make: each has a test of its own below.
OF_THEIR_OWN = {
    "prefill_questions": prefill_tasks.end,
    "prefill_values": prefill_tasks.end,
    "prefill_copies": prefill_tasks.end,
    "signature_requests": signatures_tasks.expire,
    "unsigned_documents": signatures_tasks.forget,
}


def test_every_kind_that_expires_is_seen_to_go() -> None:
    assert {*PURGES, *OF_THEIR_OWN} == set(expiring_kinds())
    assert PURGES.keys().isdisjoint(OF_THEIR_OWN)


@pytest.mark.parametrize("kind", PURGES)
def test_what_is_overdue_shows_until_its_purge_has_run(kind: str, files: Any) -> None:
    make, purge = PURGES[kind]
    now = timezone.now()
    make(now)

    overdue = measure_overdue(now)[kind]
    purge()

    assert DAY <= overdue <= 3 * DAY
    assert measure_overdue(now)[kind] == timedelta(0)


def test_a_form_nobody_answered_shows_until_it_is_ended() -> None:
    now = timezone.now()
    make_prefill_world(now).push()
    assert measure_overdue(now)["prefill_questions"] == timedelta(0)
    PrefillRequest.objects.update(expires_at=now - DAY)

    assert measure_overdue(now)["prefill_questions"] == DAY
    prefill_tasks.end()
    assert measure_overdue(now)["prefill_questions"] == timedelta(0)


def test_values_nobody_may_collect_any_more_show_until_they_are_destroyed(
    registers: RunningRegisters,
) -> None:
    now = timezone.now()
    request = make_prefill_world(now).fetched()
    assert measure_overdue(now)["prefill_values"] == timedelta(0)
    Consent.objects.update(decided_at=now - 2 * DAY, expires_at=now - DAY)

    assert measure_overdue(now)["prefill_values"] == DAY
    prefill_tasks.end()
    assert measure_overdue(now)["prefill_values"] == timedelta(0)
    request.refresh_from_db()
    assert request.sealed_values is None


def test_a_copy_kept_to_repeat_an_answer_shows_until_it_is_emptied(
    registers: RunningRegisters,
) -> None:
    now = timezone.now()
    world = make_prefill_world(now)
    world.collect(world.fetched())
    assert measure_overdue(now)["prefill_copies"] == timedelta(0)
    Release.objects.update(released_at=now - DAY - REPEATABLE_FOR)

    assert measure_overdue(now)["prefill_copies"] == DAY
    prefill_tasks.end()
    assert measure_overdue(now)["prefill_copies"] == timedelta(0)
    assert Release.objects.get().sealed == ""


def test_a_signature_nobody_gave_shows_until_its_request_is_ended(
    house: House, pdf: bytes, settings: Settings
) -> None:
    now = timezone.now()
    house.open_request(pdf)
    assert measure_overdue(now)["signature_requests"] == timedelta(0)
    SignatureRequest.objects.update(created_at=now - 9 * DAY, expires_at=now - DAY)

    assert measure_overdue(now)["signature_requests"] == DAY
    signatures_tasks.expire()
    assert measure_overdue(now)["signature_requests"] == timedelta(0)


def test_a_document_nobody_signed_shows_until_it_is_let_go(house: House, pdf: bytes) -> None:
    now = timezone.now()
    request = house.open_request(pdf)
    withdraw_request(request=request, person=house.directors[2], at=now)
    assert measure_overdue(now)["unsigned_documents"] == timedelta(0)
    SignatureRequest.objects.update(ended_at=now - 8 * DAY)

    assert measure_overdue(now)["unsigned_documents"] == DAY
    signatures_tasks.forget()
    assert measure_overdue(now)["unsigned_documents"] == timedelta(0)


def test_what_was_captured_is_never_forgotten_since_it_counts() -> None:
    now = timezone.now()
    long_ago = now - 4000 * DAY
    reservation(
        now,
        reserved_at=long_ago,
        expires_at=long_ago + DAY,
        ended_at=long_ago,
        state="captured",
        captured_value=1,
    )

    authentication_tasks.forget()

    assert LimitUse.objects.get().state == "captured"
    assert measure_overdue(now)["ended_reservations"] == timedelta(0)


def test_every_purge_is_in_the_timetable() -> None:
    timetable = {entry["task"] for entry in configured.CELERY_BEAT_SCHEDULE.values()}
    purges = [purge for _, purge in PURGES.values()] + [*OF_THEIR_OWN.values()]

    assert {purge.name for purge in purges} <= timetable  # type: ignore[attr-defined]  # Celery's
    assert timetable <= set(celery_app.tasks)
