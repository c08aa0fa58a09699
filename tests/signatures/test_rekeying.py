"""The drill: all keys are in doubt; signing stops, everybody is re-keyed, signing goes on."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import timezone
from pytest_django import Settings

from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.keys.bounded import forget_everything
from corpid.keys.models import SigningKey
from corpid.operations.models import Rekeying
from corpid.operations.services.begin_rekeying import begin_rekeying
from corpid.operations.services.confirm_rekeying import confirm_rekeying
from corpid.operations.services.lapse_rekeyings import lapse_rekeyings
from signatures.models import Certificate, SignatureRequest
from signatures.services.ensure_certificate import ensure_certificate
from signatures.services.find_awaited_keys import find_awaited_keys
from signatures.services.publish_crl import publish_crl
from tests.makers import make_company
from tests.signatures.conftest import House
from tests.signatures.test_signing_a_document import verdict_of

# A status made within a second of a revocation is read as of that very moment (pyHanko's
# tolerance, on top of whole seconds): until then a verdict errs on the side of caution.
AS_OF_NOW = timedelta(seconds=2)


def begin(at: datetime) -> Rekeying:
    return begin_rekeying(
        algorithm="ES256",
        created_before=at,
        is_compromised=False,
        reason="a drill",
        actor="operator:one",
        at=at,
    )


def wait_until(moment: datetime) -> None:
    time.sleep(max(0, (moment - timezone.now()).total_seconds()))


def run_when_due(job: Job) -> Job:
    Job.objects.filter(id=job.id).update(run_after=timezone.now() - timedelta(seconds=1))
    run_job(job_id=job.id)
    return Job.objects.get(id=job.id)


def reason_in_force(certificate: Certificate) -> str | None:
    revocation = Certificate.objects.get(id=certificate.id).revocation()
    return revocation.reason.value if revocation else None


def test_everybody_is_re_keyed_while_documents_wait_and_old_ones_stay_good(
    house: House, pdf: bytes, settings: Settings
) -> None:
    signed = house.signed(pdf)
    old = set(Certificate.objects.filter(profile__in=["person", "seal"]))
    authorities = set(Certificate.objects.filter(profile__in=["tsa", "ocsp"]))
    waiting = house.open_request(pdf)
    house.approve(waiting, *house.directors[:2])
    sealing = Job.objects.get(kind="signatures.seal", state="queued")
    settings.CERTIFICATE_KEY_ALGORITHM = "RS256"
    time.sleep(2.1)  # time-stamps are exact to a second, and revocations count in whole ones

    rekeying = begin(timezone.now())

    assert {reason_in_force(each) for each in old} == {"certificateHold"}
    assert {reason_in_force(each) for each in authorities} == {None}
    sealing = run_when_due(sealing)
    assert (sealing.state, sealing.error_code, sealing.attempts) == (
        "queued",
        "key_suspended",
        0,
    )
    assert len(find_awaited_keys()) == 3  # two directors and the seal

    replacing = confirm_rekeying(rekeying=rekeying, actor="operator:two", at=timezone.now())
    replacing = run_when_due(replacing)

    assert (replacing.state, replacing.errors) == ("done", [])
    assert (replacing.progress_done, replacing.progress_total) == (5, 5)
    assert {reason_in_force(each) for each in old} == {"superseded"}
    revoked = Certificate.objects.filter(revoked_at__isnull=False)
    assert set(revoked.values_list("revoked_at", flat=True)) == {rekeying.asked_at}
    assert {reason_in_force(each) for each in authorities} == {None}
    assert Certificate.objects.filter(profile__in=["tsa", "ocsp"]).count() == 4
    assert set(
        SigningKey.objects.in_use()
        .filter(purpose__in=["seal", "person", "tsa", "ocsp"])
        .values_list("algorithm", "state", "suspended_at")
    ) == {("RS256", "active", None)}
    sealing = run_when_due(sealing)
    waiting.refresh_from_db()
    assert (sealing.state, waiting.state) == ("done", SignatureRequest.State.COMPLETE)
    assert verdict_of(waiting)["reason"] == "good"
    wait_until(rekeying.asked_at + AS_OF_NOW)
    assert verdict_of(signed)["reason"] == "good"


def test_a_drill_that_lapses_puts_every_certificate_back_in_force(
    house: House, pdf: bytes
) -> None:
    house.signed(pdf)
    seal = Certificate.objects.get(profile="seal")
    at = timezone.now()
    begin(at)
    assert reason_in_force(seal) == "certificateHold"

    lapse_rekeyings(at=at + timedelta(days=1))

    forget_everything()
    assert reason_in_force(seal) is None
    assert house.signed(pdf).state == SignatureRequest.State.COMPLETE
    assert Certificate.objects.filter(profile="seal").count() == 1


def test_a_revocation_list_names_what_is_on_hold_and_why(house: House, pdf: bytes) -> None:
    house.signed(pdf)
    seal = Certificate.objects.get(profile="seal")
    SigningKey.objects.filter(id=seal.key_id).update(suspended_at=timezone.now())

    listed = x509.load_der_x509_crl(publish_crl(shard=seal.shard, at=timezone.now()))

    entry = listed.get_revoked_certificate_by_serial_number(int(seal.serial_number, 16))
    assert entry is not None
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason == x509.ReasonFlags.certificate_hold
    assert listed.public_bytes(Encoding.DER)


@pytest.mark.parametrize("profile", ["seal", "tsa"])
def test_compromised_keys_are_revoked_as_such(house: House, pdf: bytes, profile: str) -> None:
    house.signed(pdf)
    certificate = Certificate.objects.get(profile=profile)
    rekeying = begin_rekeying(
        purposes=[profile],
        is_compromised=True,
        reason="stolen",
        actor="operator:one",
        at=timezone.now(),
    )
    job = confirm_rekeying(rekeying=rekeying, actor="operator:two", at=timezone.now())

    run_when_due(job)

    assert reason_in_force(certificate) == "keyCompromise"


@pytest.mark.usefixtures("house")
def test_a_holder_without_certificate_gets_a_key_when_they_sign_next() -> None:
    """Nobody has signed yet: only authorities have keys, and are re-keyed."""
    job = confirm_rekeying(
        rekeying=begin(timezone.now()), actor="operator:two", at=timezone.now()
    )

    job = run_when_due(job)

    assert (job.state, job.progress_total) == ("done", 2)


@pytest.mark.soak
def test_five_hundred_companies_are_re_keyed(
    house: House, record_property: Callable[[str, object], None]
) -> None:
    number = 500
    for place in range(number):
        company = make_company(f"Company {place} Limited")
        ensure_certificate(company=company, at=timezone.now())
    began = time.perf_counter()
    rekeying = begin_rekeying(
        purposes=["seal"],
        is_compromised=False,
        reason="a drill",
        actor="operator:one",
        at=timezone.now(),
    )
    suspended_in = time.perf_counter() - began
    assert SigningKey.objects.filter(suspended_at__isnull=False).count() == number
    job = confirm_rekeying(rekeying=rekeying, actor="operator:two", at=timezone.now())
    began = time.perf_counter()

    job = run_when_due(job)

    seconds = time.perf_counter() - began
    assert (job.state, job.progress_done) == ("done", number)
    seals = Certificate.objects.filter(profile="seal")
    assert seals.in_force(at=timezone.now()).count() == number
    record_property(
        "figure",
        f"re-keying of {number} companies: suspended in {suspended_in * 1000:.0f} ms, "
        f"replaced in {seconds:.1f} s ({number / seconds:.0f} a second, one worker)",
    )
