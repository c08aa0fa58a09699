from datetime import timedelta
from typing import Any

import pytest

from authentication.models import Company, Premises
from corpid.audit.models import Event
from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.keys.envelope import SealBroken
from corpid.protocols.status_list import reference_of
from corpid.status.models import StatusList
from credentials.models import (
    CredentialState,
    CredentialType,
    CredentialVersion,
    TrustAnchor,
    Wallet,
)
from credentials.sd_jwt_vc import verify_sd_jwt_vc
from credentials.services.claim_held_credentials import claim_held_credentials
from credentials.services.find_trust import find_trust
from credentials.services.issue_credential import (
    ClaimsDoNotFit,
    DatesDoNotFit,
    ReferenceTaken,
    TypeNotYours,
)
from credentials.services.land_held_credentials import CLAIM_KIND, land_held_credentials
from credentials.services.open_credential import open_credential
from credentials.services.open_version import open_version
from tests.credentials.conftest import AT, EXPIRY, World, enrol
from tests.makers import make_company

pytestmark = pytest.mark.django_db


def test_a_licence_lands_in_the_wallet_signed_and_bound(world: World) -> None:
    credential = world.issue()

    assert credential.state == CredentialState.VALID
    assert Wallet.objects.get().company == world.company
    verified = verify_sd_jwt_vc(
        open_credential(credential).token,
        trust=find_trust(use=TrustAnchor.Use.ISSUER, at=AT),
        at=AT,
    )
    assert verified.vct == world.licence.vct
    assert open_credential(credential).claims == world.claims()
    reference = reference_of(verified.claims)
    assert reference is not None
    assert reference.uri == StatusList.objects.get().uri
    assert reference.index == credential.status_index
    assert verified.claims["cnf"]["jwk"]["crv"] == "P-256"


def test_each_credential_has_a_holder_key_of_its_own(world: World) -> None:
    first, second = world.issue(), world.issue()

    assert first.holder_key_id != second.holder_key_id
    keys = {open_credential(c).all_claims["cnf"]["jwk"]["x"] for c in (first, second)}
    assert len(keys) == 2


def test_what_the_type_hides_is_hidden(world: World) -> None:
    opened = open_credential(world.issue())

    assert opened.hideable == {
        ("licence_number",),
        ("holder",),
        ("holder", "ubi"),
        ("holder", "name_tc"),
        ("premises",),
        ("premises", "name"),
        ("premises", "address_en"),
        ("conditions", 0),
        ("conditions", 1),
    }


def test_the_body_is_sealed_for_its_company_credential_and_version(world: World) -> None:
    first, second = world.issue(), world.issue()
    one, two = (
        CredentialVersion.objects.get(credential=first),
        CredentialVersion.objects.get(credential=second),
    )
    assert b"2961800123" not in bytes(one.body)

    CredentialVersion.objects.filter(id=one.id).update(
        body=two.body, wrapped_data_key=two.wrapped_data_key
    )
    one.refresh_from_db()

    with pytest.raises(SealBroken):
        open_version(one)


def test_premises_are_found_again_or_written_down(world: World) -> None:
    known = Premises.objects.create(
        company=world.company, address_en="1 Temple Street, Yau Ma Tei"
    )

    first = world.issue()
    second = world.issue(premises={"address_tc": "廟街2號"})

    assert first.premises == known
    assert second.premises is not None
    assert second.premises.address_tc == "廟街2號"


def test_another_issuers_type_is_refused(world: World) -> None:
    with pytest.raises(TypeNotYours):
        world.issue(issuer=world.bank)


@pytest.mark.parametrize(
    "status", [CredentialType.Status.SUBMITTED, CredentialType.Status.RETIRED]
)
def test_a_type_that_is_not_approved_is_not_issued(world: World, status: str) -> None:
    world.licence.status = status

    with pytest.raises(TypeNotYours):
        world.issue()


@pytest.mark.parametrize(
    "dates",
    [
        {"expires_at": AT},
        {"valid_from": EXPIRY},
        {"valid_from": AT - timedelta(days=2), "expires_at": AT - timedelta(days=1)},
    ],
)
def test_a_credential_that_would_never_be_in_force_is_refused(
    world: World, dates: dict[str, Any]
) -> None:
    with pytest.raises(DatesDoNotFit):
        world.issue(**dates)


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"colour": "red"}, "/claims/colour", "unknown_claim"),
        ({"exp": 1}, "/claims/exp", "unknown_claim"),
        ({"licence_number": "12"}, "/claims/licence_number", "schema"),
        ({"holder": {"ubi": "99999999"}}, "/claims/holder/ubi", "another_company"),
        ({"conditions": ["x"] * 51}, "/claims/conditions", "schema"),
    ],
)
def test_claims_that_do_not_fit_the_type_are_named(
    world: World, changes: dict[str, Any], pointer: str, code: str
) -> None:
    with pytest.raises(ClaimsDoNotFit) as failure:
        world.issue(claims=world.claims(**changes))

    assert (pointer, code) in [
        (found.pointer, found.code) for found in failure.value.field_errors
    ]


def test_a_missing_claim_and_missing_premises_are_named(world: World) -> None:
    claims = world.claims()
    del claims["licence_number"]

    with pytest.raises(ClaimsDoNotFit) as failure:
        world.issue(claims=claims, premises=None)

    assert {(found.pointer, found.code) for found in failure.value.field_errors} >= {
        ("/claims/licence_number", "missing"),
        ("/premises", "missing"),
    }


def test_a_reference_of_the_issuer_is_used_once(world: World) -> None:
    world.issue(external_ref="FEHD-1")

    with pytest.raises(ReferenceTaken):
        world.issue(external_ref="FEHD-1")


def test_for_a_company_that_does_not_use_corp_id_it_is_held_until_it_does(
    world: World,
) -> None:
    newcomer = make_company("Newcomer Limited")
    credential = world.issue(newcomer)
    assert credential.state == CredentialState.HELD
    assert credential.status_index is None

    claimed = claim_held_credentials(company=enrol(newcomer), at=AT + timedelta(days=1))

    assert [found.id for found in claimed] == [credential.id]
    credential.refresh_from_db()
    assert credential.state == CredentialState.VALID
    assert open_credential(credential).claims == world.claims(newcomer)
    assert claim_held_credentials(company=newcomer, at=AT + timedelta(days=2)) == []


def test_what_was_held_lands_by_itself_once_the_company_uses_corp_id(world: World) -> None:
    newcomer, outsider = make_company("Newcomer Limited"), make_company("Outsider Limited")
    credential, left = world.issue(newcomer), world.issue(outsider)
    assert land_held_credentials(at=AT) == 0
    enrol(newcomer)

    assert land_held_credentials(at=AT) == 1
    assert land_held_credentials(at=AT) == 1  # the same job, not another one
    run_job(job_id=Job.objects.get(kind=CLAIM_KIND).id)

    credential.refresh_from_db()
    left.refresh_from_db()
    assert (credential.state, left.state) == (CredentialState.VALID, CredentialState.HELD)
    assert land_held_credentials(at=AT) == 0


def test_a_company_that_enrols_later_waits_until_then(world: World) -> None:
    newcomer = make_company("Newcomer Limited")
    world.issue(newcomer)
    moment = AT + timedelta(days=1)
    Company.objects.filter(id=newcomer.id).update(enrolled_at=moment)

    assert land_held_credentials(at=moment - timedelta(microseconds=1)) == 0
    assert land_held_credentials(at=moment) == 1


def test_what_expired_while_it_was_held_is_not_looked_for(world: World) -> None:
    newcomer = make_company("Newcomer Limited")
    world.issue(newcomer)
    enrol(newcomer)

    assert land_held_credentials(at=EXPIRY) == 0


def test_for_a_business_that_we_do_not_know_it_is_held_too(world: World) -> None:
    credential = world.issue(ubi="87654321", claims=world.claims(holder={"ubi": "87654321"}))

    assert (credential.state, credential.company) == (CredentialState.HELD, None)


def test_what_expired_while_it_was_held_does_not_land(world: World) -> None:
    newcomer = make_company("Newcomer Limited")
    world.issue(newcomer)

    assert claim_held_credentials(company=enrol(newcomer), at=EXPIRY) == []


def test_issuing_is_audited(world: World) -> None:
    credential = world.issue()

    event = Event.objects.get(kind="credentials.credential.issued")
    assert event.subject == f"credential:{credential.id}"
    assert event.company_id == world.company.id
    assert "2961800123" not in str(event.facts)
