from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from authentication.models import Company, Person
from authentication.services.check_power import NoAuthority
from corpid.audit.models import Event
from corpid.errors import CorpIDError
from corpid.keys.store import key_store
from corpid.one_time.services.consume_token import TokenNotUsable
from corpid.problems import status_of
from corpid.protocols.es256 import key_of_jwk, read_compact, require_signature
from corpid.protocols.sd_jwt import bind_to_holder, present_sd_jwt, read_sd_jwt
from corpid.protocols.strict_encoding import encode_base64url
from corpid.protocols.x5c import header_chain
from corpid.status.services.publish_status_list import publish_status_list
from credentials.dcql import Lack, Lacking
from credentials.models import (
    AccessLog,
    Credential,
    IssuerProfile,
    Presentation,
    PresentationRequest,
    TrustAnchor,
)
from credentials.models.issuer_profile import issuer_uri
from credentials.openid4vp import presentation_link, write_error, write_response
from credentials.sd_jwt_vc import issue_sd_jwt_vc
from credentials.services.answer_presentation_request import (
    CannotAnswer,
    ChoiceDoesNotFit,
    SentPresentation,
    answer_presentation_request,
)
from credentials.services.change_status import Change, change_status
from credentials.services.check_presentation import check_presentation
from credentials.services.decline_presentation_request import decline_presentation_request
from credentials.services.ensure_profile import ensure_profile
from credentials.services.judge_presentation import Verdict
from credentials.services.open_credential import open_credential
from credentials.services.open_presentation_request import open_presentation_request
from credentials.services.read_presentation_request import (
    PendingPresentation,
    VerifierNotAnswering,
    read_presentation_request,
)
from credentials.services.receive_presentation import receive_presentation
from credentials.services.serve_presentation_request import RequestNotFound, RequestOver
from signatures.models import Certificate
from signatures.services.ensure_certificate import ensure_certificate
from signatures.services.find_key_holder import find_key_holder
from signatures.services.revoke_certificate import revoke_certificate
from tests.credentials.conftest import AT, EXPIRY, World
from tests.makers import make_officer, make_person
from tests.protocols.certificates import Certification

pytestmark = pytest.mark.django_db


def licence_query(world: World, *paths: list[Any], **members: Any) -> dict[str, Any]:
    asked = paths or (["licence_number"], ["premises"])
    return {
        "credentials": [
            {
                "id": "licence",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [world.licence.vct]},
                "claims": [{"path": path} for path in asked],
                **members,
            }
        ]
    }


def ask(world: World, query: dict[str, Any] | None = None) -> PresentationRequest:
    return open_presentation_request(
        e_service=world.bank,
        query=query or licence_query(world),
        purpose="To open a business account",
        at=AT,
    )


def link_of(request: PresentationRequest) -> str:
    return presentation_link(client_id=request.client_id, request_uri=request.request_uri)


def read(
    world: World,
    request: PresentationRequest,
    *,
    person: Person | None = None,
    company: Company | None = None,
) -> PendingPresentation:
    return read_presentation_request(
        person=person or world.director,
        company=company or world.company,
        link_text=link_of(request),
        at=AT,
    )


def answer(
    world: World, pending: PendingPresentation, choice: dict[str, str] | None = None
) -> SentPresentation:
    return answer_presentation_request(
        person=world.director,
        company=world.company,
        consent=pending.consent,
        choice=choice or {},
        at=AT,
    )


def verdict(world: World, request: PresentationRequest, **options: Any) -> Verdict:
    (judged,) = check_presentation(
        e_service=world.bank, request_id=request.id, **{"at": AT, **options}
    ).credentials
    return judged.verdict


def test_a_company_shows_part_of_its_licence_and_the_bank_learns_that_part(
    world: World,
) -> None:
    world.issue()
    request = ask(world)
    pending = read(world, request)
    assert pending.request.verifier.name == "Harbour Bank"
    assert pending.request.purpose == "To open a business account"

    sent = answer(world, pending)

    assert sent.verifier_name == "Harbour Bank"
    (judged,) = check_presentation(
        e_service=world.bank, request_id=request.id, at=AT
    ).credentials
    assert judged.verdict == Verdict.IN_FORCE
    shown = {
        name: judged.claims[name]
        for name in judged.claims.keys() & world.claims().keys()
        if judged.claims[name]
    }
    assert shown == {
        "licence_number": "2961800123",
        "premises": {"name": "陳記麵家", "address_en": "1 Temple Street, Yau Ma Tei"},
    }


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (["conditions", 1], ["closes at 23:00"]),
        (["conditions", 0], ["no open fire"]),
        (["conditions", None], ["no open fire", "closes at 23:00"]),
    ],
)
def test_an_element_of_a_list_is_shown_alone(
    world: World, path: list[Any], shown: list[str]
) -> None:
    world.issue()
    request = ask(world, licence_query(world, path))

    answer(world, read(world, request))

    (judged,) = check_presentation(
        e_service=world.bank, request_id=request.id, at=AT
    ).credentials
    assert judged.claims["conditions"] == shown


@pytest.mark.parametrize(
    ("change", "found"),
    [(Change.REVOKE, Verdict.REVOKED), (Change.SUSPEND, Verdict.SUSPENDED)],
)
def test_the_bank_sees_what_the_department_did_afterwards(
    world: World, change: Change, found: Verdict
) -> None:
    credential = world.issue()
    request = ask(world)
    answer(world, read(world, request))
    later = AT + timedelta(hours=1)

    change_status(
        issuer=world.department,
        credential_id=credential.id,
        change=change,
        reason="Inspection",
        at=later,
    )
    assert verdict(world, request, at=later) == Verdict.IN_FORCE  # not published yet
    publish_status_list(list_id=credential.status_list_id, at=later)

    assert verdict(world, request, at=later) == found


def test_a_resumed_licence_is_in_force_again(world: World) -> None:
    credential = world.issue()
    request = ask(world)
    answer(world, read(world, request))
    for change in (Change.SUSPEND, Change.RESUME):
        change_status(
            issuer=world.department,
            credential_id=credential.id,
            change=change,
            reason="",
            at=AT,
        )
    later = AT + timedelta(minutes=1)
    publish_status_list(list_id=credential.status_list_id, at=later)

    assert verdict(world, request, at=later) == Verdict.IN_FORCE


def test_the_bank_sees_that_a_licence_has_expired(world: World) -> None:
    world.issue()
    request = ask(world)
    answer(world, read(world, request))

    assert verdict(world, request, at=EXPIRY) == Verdict.EXPIRED


def test_a_status_that_nobody_tells_is_not_taken_for_in_force(world: World) -> None:
    world.issue()
    request = ask(world)
    answer(world, read(world, request))

    a_day_without_publisher = AT + timedelta(hours=25)
    assert verdict(world, request, at=a_day_without_publisher) == Verdict.UNKNOWN


@pytest.mark.parametrize("state", [Change.SUSPEND, Change.REVOKE])
def test_a_licence_that_is_not_in_force_is_not_offered(world: World, state: Change) -> None:
    credential = world.issue()
    change_status(
        issuer=world.department,
        credential_id=credential.id,
        change=state,
        reason="",
        at=AT,
    )

    assert not read(world, ask(world)).answers.is_possible


def test_an_expired_licence_is_not_offered(world: World) -> None:
    world.issue(expires_at=AT + timedelta(seconds=1))
    request = ask(world)

    pending = read_presentation_request(
        person=world.director,
        company=world.company,
        link_text=link_of(request),
        at=AT + timedelta(seconds=1),
    )

    assert not pending.answers.is_possible


def test_a_wallet_says_what_it_lacks(world: World) -> None:
    credential = world.issue()

    pending = read(world, ask(world, licence_query(world, ["colour"])))

    assert not pending.answers.is_possible
    assert pending.answers.lacking["licence"] == (
        (credential.id, Lacking(Lack.CLAIM, ("colour",))),
    )
    with pytest.raises(CannotAnswer):
        answer(world, pending)


def test_another_companys_licence_is_never_offered(
    world: World, other_company: Company
) -> None:
    world.issue(other_company)

    assert not read(world, ask(world)).answers.is_possible


def test_another_companys_licence_cannot_be_picked(
    world: World, other_company: Company
) -> None:
    world.issue()
    theirs = world.issue(other_company)

    with pytest.raises(ChoiceDoesNotFit):
        answer(world, read(world, ask(world)), {"licence": theirs.id})


def test_the_licence_that_the_person_picks_is_shown(world: World) -> None:
    world.issue()
    picked = world.issue(claims=world.claims(licence_number="2961800999"))
    request = ask(world)

    answer(world, read(world, request), {"licence": picked.id})

    (judged,) = check_presentation(
        e_service=world.bank, request_id=request.id, at=AT
    ).credentials
    assert judged.claims["licence_number"] == "2961800999"


def test_of_several_licences_none_is_shown_without_a_choice(world: World) -> None:
    world.issue()
    world.issue()

    with pytest.raises(ChoiceDoesNotFit):
        answer(world, read(world, ask(world)))


def test_the_bank_may_ask_for_one_companys_licence_by_value(
    world: World, other_company: Company
) -> None:
    world.issue()
    query = licence_query(world)
    query["credentials"][0]["claims"].append(
        {"path": ["holder", "ubi"], "values": [other_company.ubi]}
    )

    assert not read(world, ask(world, query)).answers.is_possible


def test_a_clerk_without_the_power_does_not_show_licences(world: World, clerk: Person) -> None:
    world.issue()

    with pytest.raises(NoAuthority):
        read(world, ask(world), person=clerk)


def test_a_consent_is_used_once_by_its_own_person_and_company(
    world: World, other_company: Company
) -> None:
    world.issue()
    stranger = make_person("Stranger")
    make_officer(other_company, stranger)
    pending = read(world, ask(world))

    with pytest.raises(TokenNotUsable):
        answer_presentation_request(
            person=stranger,
            company=other_company,
            consent=pending.consent,
            choice={},
            at=AT,
        )
    answer(world, pending)
    with pytest.raises(TokenNotUsable):
        answer(world, pending)


def test_what_is_shown_is_written_down(world: World) -> None:
    credential = world.issue()
    answer(world, read(world, ask(world)))

    presentation = Presentation.objects.get()
    assert presentation.credential == credential
    assert presentation.person == world.director
    assert presentation.capacity == "director"
    assert presentation.outcome == Presentation.Outcome.TAKEN
    assert presentation.verifier_name == "Harbour Bank"
    assert ["licence_number"] in presentation.disclosed
    assert ["holder"] not in presentation.disclosed
    log = AccessLog.objects.get(kind=AccessLog.Kind.PRESENTED)
    assert (log.verifier, log.detail) == ("Harbour Bank", "To open a business account")
    assert Event.objects.filter(kind="credentials.presentation.sent").count() == 1
    assert Event.objects.filter(kind="credentials.presentation.answered").count() == 1


def test_a_receipt_is_verified_without_us(world: World) -> None:
    world.issue()
    answer(world, read(world, ask(world)))

    receipt = read_compact(Presentation.objects.get().receipt)

    require_signature(receipt, key_of_jwk(receipt.header["jwk"]))
    assert receipt.payload["company"] == world.company.ubi
    assert receipt.payload["verifier"] == "Harbour Bank"
    assert "2961800123" not in str(receipt.payload)


def test_a_refusal_tells_the_bank_and_nothing_else(world: World) -> None:
    world.issue()
    request = ask(world)
    pending = read(world, request)

    name = decline_presentation_request(
        person=world.director, company=world.company, consent=pending.consent, at=AT
    )

    assert name == "Harbour Bank"
    request.refresh_from_db()
    assert (request.state, request.refusal) == ("refused", "access_denied")
    assert (
        check_presentation(e_service=world.bank, request_id=request.id, at=AT).credentials == ()
    )
    assert not Presentation.objects.exists()


def test_whoever_lost_the_office_does_not_decline_for_the_company(world: World) -> None:
    world.issue()
    request = ask(world)
    pending = read(world, request)
    world.company.officers.update(ceased_on=AT.date())

    with pytest.raises(NoAuthority):
        decline_presentation_request(
            person=world.director, company=world.company, consent=pending.consent, at=AT
        )

    request.refresh_from_db()
    assert request.state == PresentationRequest.State.OPEN


def test_another_verifiers_request_is_not_there(world: World) -> None:
    request = ask(world)

    with pytest.raises(RequestNotFound):
        check_presentation(e_service=world.department, request_id=request.id, at=AT)


def test_the_answer_is_sealed(world: World) -> None:
    world.issue()
    request = ask(world)
    answer(world, read(world, request))

    request.refresh_from_db()
    assert request.answer is not None
    assert b"licence_number" not in bytes(request.answer)
    assert b"licence" not in bytes(request.answer)


def test_a_request_that_is_over_is_neither_served_nor_answered(world: World) -> None:
    world.issue()
    request = ask(world)
    answer(world, read(world, request))

    with pytest.raises(RequestOver):
        read(world, request)
    with pytest.raises(RequestOver):
        post(world, request, [])


# What a wallet that is not ours, or a thief, might post.


def post(
    world: World,
    request: PresentationRequest,
    tokens: list[str],
    *,
    state: str | None = None,
) -> None:
    body = write_response(
        presentations={"licence": tokens},
        state=request.state_parameter if state is None else state,
    )
    receive_presentation(request_id=request.id, body=body, at=AT)


def present(
    credential: Credential,
    request: PresentationRequest,
    *,
    reveal: list[tuple[str | int, ...]] | None = None,
    key_of: Credential | None = None,
    **binding: Any,
) -> str:
    key_id = (key_of or credential).holder_key_id
    assert key_id is not None
    shown = present_sd_jwt(
        open_credential(credential).token,
        reveal=[("licence_number",), ("premises",)] if reveal is None else reveal,
    )
    return bind_to_holder(
        shown,
        **{
            "audience": request.client_id,
            "nonce": request.nonce,
            "at": AT,
            "sign": partial(key_store().sign, key_id),
            **binding,
        },
    )


def _tampered(token: str) -> str:
    disclosure = read_sd_jwt(token).disclosures[0]
    forged = encode_base64url(orjson.dumps(["salt", disclosure.name, "9999999999"]))
    return token.replace(disclosure.encoded, forged)


def _without_its_last_disclosure(token: str) -> str:
    head, _, binding = token.rsplit("~", 2)
    return f"{head}~{binding}"


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (lambda c, r: present(c, r, nonce="another"), "holder_not_proved"),
        (
            lambda c, r: present(c, r, audience="x509_hash:elsewhere"),
            "holder_not_proved",
        ),
        (
            lambda c, r: present(c, r, at=AT - timedelta(minutes=10)),
            "holder_not_proved",
        ),
        (
            lambda c, r: present(c, r).rsplit("~", 1)[0] + "~",
            "holder_not_proved",
        ),
        (lambda c, r: _tampered(present(c, r)), "disclosures_do_not_match"),
        (
            lambda c, r: _without_its_last_disclosure(
                present(c, r, reveal=[("licence_number",), ("premises",), ("conditions", 0)])
            ),
            "holder_not_proved",
        ),
        (lambda c, r: present(c, r, reveal=[("licence_number",)]), "query_not_answered"),
        (lambda _c, _r: "x.y.z~", "jwt_malformed"),
    ],
)
def test_a_presentation_that_does_not_stand_up_changes_nothing(
    world: World, forge: Callable[[Credential, PresentationRequest], str], code: str
) -> None:
    credential, request = world.issue(), ask(world)

    with pytest.raises(CorpIDError) as failure:
        post(world, request, [forge(credential, request)])

    assert failure.value.code == code
    post(world, request, [present(credential, request)])  # the honest answer still counts


def test_a_presentation_made_for_another_request_is_refused(world: World) -> None:
    credential, first, second = world.issue(), ask(world), ask(world)
    stolen = present(credential, first)
    post(world, first, [stolen])

    with pytest.raises(CorpIDError) as failure:
        post(world, second, [stolen])

    assert failure.value.code == "holder_not_proved"


def test_a_thief_cannot_show_a_licence_with_a_key_of_his_own(
    world: World, other_company: Company
) -> None:
    stolen, own, request = world.issue(), world.issue(other_company), ask(world)

    with pytest.raises(CorpIDError) as failure:
        post(world, request, [present(stolen, request, key_of=own)])

    assert failure.value.code == "holder_not_proved"


@pytest.mark.parametrize("state", ["", "guessed"])
def test_an_answer_with_another_state_is_refused(world: World, state: str) -> None:
    credential, request = world.issue(), ask(world)

    with pytest.raises(CorpIDError) as failure:
        post(world, request, [present(credential, request)], state=state)

    assert failure.value.code == "presentation_state_does_not_match"


def test_an_error_with_another_state_does_not_end_the_request(world: World) -> None:
    request = ask(world)

    with pytest.raises(CorpIDError):
        receive_presentation(
            request_id=request.id,
            body=write_error(error="access_denied", state="guessed"),
            at=AT,
        )

    request.refresh_from_db()
    assert request.is_open(at=AT)


def _forged_licence(world: World, x5c: list[str], sign: Any, *, iss: str | None) -> str:
    """Sign a food licence as somebody who is not the department."""
    genuine = open_credential(world.issue())
    claims = {name: value for name, value in genuine.all_claims.items() if name != "iss"} | (
        {} if iss is None else {"iss": iss}
    )
    return issue_sd_jwt_vc(claims=claims, disclosable=[], x5c=x5c, sign=sign)


@pytest.mark.parametrize("iss", ["own", None])
@pytest.mark.parametrize("use", list(IssuerProfile.Use))
def test_another_e_services_certificate_issues_no_food_licence(
    world: World, use: IssuerProfile.Use, iss: str | None
) -> None:
    profile = ensure_profile(e_service=world.bank, use=use, at=AT)
    request = ask(world)
    forged = _forged_licence(
        world,
        profile.x5c,
        partial(key_store().sign, profile.key_id),
        iss=issuer_uri(world.bank.slug) if iss else None,
    )

    with pytest.raises(CorpIDError) as failure:
        post(world, request, [forged])

    assert failure.value.code == "issuer_not_entitled"


def test_a_companys_own_seal_issues_nothing(world: World) -> None:
    seal = find_key_holder(ensure_certificate(company=world.company, at=AT))
    vct = "https://chamber.example/membership"
    query = licence_query(world)
    query["credentials"][0]["meta"]["vct_values"] = [vct]
    del query["credentials"][0]["claims"]
    request = ask(world, query)
    token = issue_sd_jwt_vc(
        claims={"vct": vct},
        disclosable=[],
        x5c=header_chain([seal.certificate, *seal.chain]),
        sign=seal.sign_digest,
    )

    with pytest.raises(CorpIDError) as failure:
        post(world, request, [token])

    assert failure.value.code == "signer_not_trusted"


def test_what_an_issuer_signed_with_a_revoked_certificate_is_refused(world: World) -> None:
    credential, request = world.issue(), ask(world)
    token = present(credential, request)
    profile = IssuerProfile.objects.get(use=IssuerProfile.Use.ISSUER)
    revoke_certificate(
        certificate=Certificate.objects.get(key_id=profile.key_id),
        reason=Certificate.Reason.KEY_COMPROMISE,
        actor="caseworker:1",
        at=AT,
    )

    with pytest.raises(CorpIDError) as failure:
        post(world, request, [token])

    assert failure.value.code == "signer_not_trusted"


def test_a_stranger_authority_issues_nothing(world: World) -> None:
    stranger = Certification("Corp ID Test").end_entity(
        "Food Department", uri=issuer_uri(world.department.slug)
    )
    request = ask(world)
    forged = _forged_licence(
        world, stranger.x5c, stranger.sign, iss=issuer_uri(world.department.slug)
    )

    with pytest.raises(CorpIDError) as failure:
        post(world, request, [forged])

    assert failure.value.code == "signer_not_trusted"


@pytest.mark.parametrize(
    ("use", "is_taken"), [(TrustAnchor.Use.ISSUER, True), (TrustAnchor.Use.VERIFIER, False)]
)
def test_a_foreign_issuer_counts_once_its_authority_is_listed_for_issuing(
    world: World, use: TrustAnchor.Use, *, is_taken: bool
) -> None:
    abroad = Certification("Abroad")
    TrustAnchor.objects.create(
        name="Abroad",
        use=use,
        certificate=abroad.root.certificate.public_bytes(Encoding.DER),
        added_at=AT,
    )
    issuer = abroad.end_entity("Foreign Chamber")
    vct = "https://chamber.example/membership"
    query = {
        "credentials": [
            {
                "id": "licence",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [vct]},
                "require_cryptographic_holder_binding": False,
            }
        ]
    }
    request = ask(world, query)
    token = issue_sd_jwt_vc(
        claims={"vct": vct}, disclosable=[], x5c=issuer.x5c, sign=issuer.sign
    )

    if is_taken:
        post(world, request, [token])
        assert verdict(world, request) == Verdict.IN_FORCE
    else:
        with pytest.raises(CorpIDError) as failure:
            post(world, request, [token])
        assert failure.value.code == "signer_not_trusted"


def test_an_address_where_nobody_answers_is_the_askers_fault_not_our_outage(
    world: World,
) -> None:
    link = presentation_link(
        client_id="redirect_uri:https://bank.example/a",
        request_uri="http://127.0.0.1:1/request",
    )

    with pytest.raises(VerifierNotAnswering) as refusal:
        read_presentation_request(
            person=world.director, company=world.company, link_text=link, at=AT
        )

    assert status_of(refusal.value) == 422
