"""While issuing is off no licence and no certificate is made; what was accepted lands later."""

from functools import partial

import pytest

from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.keys.models import SigningKey
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import IssuingSwitchedOff
from credentials.models import Credential, CredentialState
from credentials.services.change_status import Change, change_status
from credentials.services.land_held_credentials import CLAIM_KIND, land_held_credentials
from signatures.models import Certificate
from signatures.services.certify_authority import certify_authority
from signatures.services.ensure_certificate import ensure_certificate
from tests.credentials.conftest import AT, World, enrol
from tests.credentials.test_api import body, client_of
from tests.makers import make_company
from tests.switches import switch_off, switch_on

pytestmark = pytest.mark.django_db


def test_the_api_says_so_and_nothing_is_issued(world: World) -> None:
    department = client_of(world.department, "credentials")
    off = switch_off(SwitchedFunction.ISSUING)

    refused = department.post("/api/v1/credentials", body(world), format="json")

    assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert refused.json()["code"] == "issuing_switched_off"
    assert Credential.objects.count() == 0

    switch_on(off)
    issued = department.post("/api/v1/credentials", body(world), format="json")
    assert issued.json()["state"] == "valid"


def test_what_was_held_waits_and_lands_afterwards(world: World) -> None:
    newcomer = make_company("Newcomer Limited")
    credential = world.issue(newcomer)
    enrol(newcomer)
    land_held_credentials(at=AT)
    job = Job.objects.get(kind=CLAIM_KIND)
    off = switch_off(SwitchedFunction.ISSUING)

    for _ in range(8):  # more often than the kind has attempts
        Job.objects.filter(id=job.id).update(run_after=job.created_at)
        run_job(job_id=job.id)
    job.refresh_from_db()
    credential.refresh_from_db()

    assert (job.state, job.attempts, job.error_code) == ("queued", 0, "issuing_switched_off")
    assert credential.state == CredentialState.HELD
    assert SigningKey.objects.filter(purpose="holder").count() == 0

    switch_on(off)
    Job.objects.filter(id=job.id).update(run_after=job.created_at)
    run_job(job_id=job.id)

    credential.refresh_from_db()
    assert credential.state == CredentialState.VALID


def test_a_licence_can_be_revoked_all_the_same(world: World) -> None:
    credential = world.issue()
    switch_off(SwitchedFunction.ISSUING)

    revoked = change_status(
        issuer=world.department,
        credential_id=credential.id,
        change=Change.REVOKE,
        reason="",
        at=AT,
    )

    assert revoked.state == CredentialState.REVOKED


def test_a_suspended_licence_is_not_made_valid_again(world: World) -> None:
    credential = world.issue()
    change = partial(
        change_status,
        issuer=world.department,
        credential_id=credential.id,
        reason="",
        at=AT,
    )
    change(change=Change.SUSPEND)
    switch_off(SwitchedFunction.ISSUING)

    with pytest.raises(IssuingSwitchedOff):
        change(change=Change.RESUME)

    credential.refresh_from_db()
    assert credential.state == CredentialState.SUSPENDED


def test_a_certificate_that_is_there_is_used_and_none_is_made(world: World) -> None:
    present = ensure_certificate(company=world.company, at=AT)
    switch_off(SwitchedFunction.ISSUING)

    assert ensure_certificate(company=world.company, at=AT) == present
    with pytest.raises(IssuingSwitchedOff):
        ensure_certificate(company=world.company, person=world.director, at=AT)


def test_our_authorities_are_not_left_without_certificates(world: World) -> None:
    switch_off(SwitchedFunction.ISSUING)

    made = certify_authority(profile=Certificate.Profile.OCSP, at=AT)

    assert made.profile == Certificate.Profile.OCSP
