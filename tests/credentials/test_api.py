"""The machine doors of the wallet: issuers, verifiers, and wallets of others."""

import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from authentication.models import EService
from corpid.api.caller import Caller
from corpid.protocols.es256 import read_compact
from credentials.models import Credential, CredentialType, PresentationRequest
from credentials.services.answer_presentation_request import answer_presentation_request
from credentials.services.change_status import Change, change_status
from credentials.services.read_presentation_request import read_presentation_request
from tests.credentials.conftest import World
from tests.makers import make_company

pytestmark = pytest.mark.django_db


def client_of(e_service: EService, *scopes: str) -> APIClient:
    client = APIClient()
    client.force_authenticate(
        user=Caller(  # type: ignore[arg-type]  # our users are callers
            client_id=e_service.client_id,
            e_service_id=e_service.id,
            scopes=frozenset(scopes),
        )
    )
    return client


@pytest.fixture
def department(world: World) -> APIClient:
    return client_of(world.department, "credentials")


@pytest.fixture
def bank(world: World) -> APIClient:
    return client_of(world.bank, "presentations")


def body(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "type": "food-licence",
        "ubi": world.company.ubi,
        "claims": world.claims(),
        "premises": {"name": "陳記麵家", "address_en": "1 Temple Street, Yau Ma Tei"},
        "valid_from": "2026-01-01T00:00:00+08:00",
        "expires_at": f"{timezone.now().year + 1}-03-01T00:00:00+08:00",
        **changes,
    }


def query(world: World) -> dict[str, Any]:
    return {
        "dcql_query": {
            "credentials": [
                {
                    "id": "licence",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": [world.licence.vct]},
                    "claims": [{"path": ["licence_number"]}],
                }
            ]
        },
        "purpose": "To open a business account",
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/api/v1/credential-types"),
        ("post", "/api/v1/credentials"),
        ("get", "/api/v1/credentials/crd_x"),
        ("post", "/api/v1/credentials/crd_x/suspend"),
        ("post", "/api/v1/credentials/crd_x/resume"),
        ("post", "/api/v1/credentials/crd_x/revoke"),
        ("post", "/api/v1/presentation-requests"),
        ("get", "/api/v1/presentation-requests/prq_x"),
    ],
)
def test_without_token_or_scope_there_is_nothing(world: World, method: str, path: str) -> None:
    without = getattr(APIClient(), method)(path, {}, format="json")
    other = getattr(client_of(world.bank, "openid"), method)(path, {}, format="json")

    assert (without.status_code, without.json()["code"]) == (401, "token_missing")
    assert (other.status_code, other.json()["code"]) == (403, "scope_missing")


def test_a_department_issues_looks_up_suspends_resumes_and_revokes(
    world: World, department: APIClient
) -> None:
    issued = department.post("/api/v1/credentials", body(world), format="json")
    assert issued.status_code == 201
    where = issued["Location"]
    assert issued.json() == department.get(where).json()
    assert issued.json()["state"] == "valid"
    assert "claims" not in issued.json()

    states = [
        department.post(f"{where}/{change}", {"reason": "Inspection"}, format="json").json()[
            "state"
        ]
        for change in ("suspend", "resume", "revoke")
    ]

    assert states == ["suspended", "valid", "revoked"]
    again = department.post(f"{where}/revoke", {"reason": "Again"}, format="json")
    assert (again.status_code, again.json()["code"]) == (
        409,
        "credential_status_does_not_allow",
    )


def test_for_a_company_without_wallet_the_answer_is_held(
    world: World, department: APIClient
) -> None:
    newcomer = make_company("Newcomer Limited")

    answer = department.post(
        "/api/v1/credentials",
        body(world, ubi=newcomer.ubi, claims=world.claims(newcomer)),
        format="json",
    )

    assert (answer.status_code, answer.json()["state"]) == (202, "held")


def test_the_same_key_issues_once(world: World, department: APIClient) -> None:
    wanted = body(world)
    answers = [
        department.post(
            "/api/v1/credentials",
            wanted,
            format="json",
            headers={"Idempotency-Key": "licence-1"},
        ).json()
        for _ in range(2)
    ]

    assert answers[0]["id"] == answers[1]["id"]
    assert Credential.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"type": "unknown"}, 403, "credential_type_not_yours"),
        ({"ubi": "12"}, 202, None),
        ({"ubi": "not a number"}, 422, "business_identifier_malformed"),
        ({"claims": {}}, 422, "credential_claims_do_not_fit"),
        ({"premises": {"name": "x"}}, 422, "input_invalid"),
        ({"colour": "red"}, 422, "input_invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "credential_dates_do_not_fit"),
        ({"valid_from": "yesterday"}, 422, "input_invalid"),
    ],
)
def test_what_cannot_be_issued_is_refused_with_a_code(
    world: World, department: APIClient, changes: dict[str, Any], status: int, code: str | None
) -> None:
    if changes.get("ubi") == "12":  # a legacy number reads as a dummy identifier: held
        changes = {**changes, "claims": world.claims(holder={"ubi": "C0000012"})}

    answer = department.post("/api/v1/credentials", body(world, **changes), format="json")

    assert (answer.status_code, answer.json().get("code")) == (status, code)


def test_another_issuers_credential_is_not_there(world: World) -> None:
    credential = world.issue()
    other = client_of(world.bank, "credentials")

    for answer in (
        other.get(f"/api/v1/credentials/{credential.id}"),
        other.post(
            f"/api/v1/credentials/{credential.id}/revoke", {"reason": "x"}, format="json"
        ),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "credential_not_found")


def test_an_e_service_that_was_switched_off_issues_nothing(
    world: World, department: APIClient
) -> None:
    EService.objects.filter(id=world.department.id).update(status=EService.Status.SUSPENDED)

    answer = department.post("/api/v1/credentials", body(world), format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "e_service_not_active")


def _type_body(**changes: Any) -> dict[str, Any]:
    words = {"en": "Liquor licence", "zh-Hant": "酒牌", "zh-Hans": "酒牌"}
    return {
        "slug": "liquor-licence",
        "metadata": {
            "display": [{"locale": tag, "name": word} for tag, word in words.items()],
            "claims": [
                {
                    "path": ["licence_number"],
                    "display": [{"locale": tag, "label": word} for tag, word in words.items()],
                    "sd": "always",
                }
            ],
        },
        **changes,
    }


def test_a_described_type_waits_for_approval_and_is_not_served_yet(
    department: APIClient, client: Client
) -> None:
    answer = department.post("/api/v1/credential-types", _type_body(), format="json")

    assert answer.status_code == 201
    assert answer.json()["status"] == "submitted"
    assert answer.json()["vct"].endswith("/credential-types/liquor-licence")
    assert client.get("/credential-types/liquor-licence").status_code == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"slug": "Liquor Licence"}, "credential_type_not_described"),
        ({"metadata": {}}, "type_metadata_malformed"),
        (
            {"metadata": {"display": [{"locale": "en", "name": "x"}], "claims": []}},
            "credential_type_not_described",
        ),
        ({"schema": {"type": "nothing"}}, "credential_type_not_described"),
        ({"schema": {"$ref": "https://evil.example/"}}, "credential_type_not_described"),
        ({"schema": {"properties": {"a": 1}}}, "credential_type_not_described"),
        ({"slug": "food-licence"}, "credential_type_name_taken"),
    ],
)
def test_a_type_that_is_not_described_well_is_refused(
    world: World, department: APIClient, changes: dict[str, Any], code: str
) -> None:
    answer = department.post("/api/v1/credential-types", _type_body(**changes), format="json")

    assert answer.json()["code"] == code


def _faults(department: APIClient, **changes: Any) -> list[tuple[str, str, str]]:
    answer = department.post("/api/v1/credential-types", _type_body(**changes), format="json")
    return [(each["pointer"], each["code"], each["detail"]) for each in answer.json()["errors"]]


def test_a_language_that_is_missing_is_named(department: APIClient) -> None:
    metadata = _type_body()["metadata"]
    del metadata["display"][1]
    del metadata["claims"][0]["display"][2]

    assert _faults(department, metadata=metadata) == [
        (
            "/metadata/display",
            "language_missing",
            "The text in traditional Chinese is missing (locale: zh-Hant).",
        ),
        (
            "/metadata/claims/0/display",
            "language_missing",
            "The text in simplified Chinese is missing (locale: zh-Hans).",
        ),
    ]


@pytest.mark.parametrize(
    ("claim", "pointer", "code"),
    [
        ({"display": 1}, "/metadata/claims/0/display", "not_a_list"),
        ({"path": []}, "/metadata/claims/0/path", "required"),
        ({"path": [-1]}, "/metadata/claims/0/path", "not_a_path"),
        ({"sd": "at times"}, "/metadata/claims/0/sd", "invalid_choice"),
        ({"mandatory": "yes"}, "/metadata/claims/0/mandatory", "invalid"),
        ({"path": ["iss"]}, "/metadata/claims/0/sd", "claim_never_hidden"),
        (
            {"display": [{"locale": "en"}]},
            "/metadata/claims/0/display/0/label",
            "required",
        ),
        (
            {"display": [{"label": "x"}]},
            "/metadata/claims/0/display/0/locale",
            "locale_not_its_own",
        ),
    ],
)
def test_the_place_of_a_fault_in_a_types_metadata_is_named(
    department: APIClient, claim: dict[str, Any], pointer: str, code: str
) -> None:
    metadata = _type_body()["metadata"]
    metadata["claims"][0] |= claim

    assert [fault[:2] for fault in _faults(department, metadata=metadata)] == [(pointer, code)]


def test_the_second_of_two_claims_with_one_path_is_named(department: APIClient) -> None:
    metadata = _type_body()["metadata"]
    metadata["claims"] *= 2

    assert [fault[:2] for fault in _faults(department, metadata=metadata)] == [
        ("/metadata/claims/1/path", "path_repeated")
    ]


def test_a_name_that_is_not_written_as_it_must_be_is_told_how(department: APIClient) -> None:
    assert _faults(department, slug="Liquor Licence") == [
        (
            "/slug",
            "slug_malformed",
            (
                "Small letters from a to z, digits and hyphens, up to 50,"
                " without a hyphen at an end."
            ),
        )
    ]


def test_premises_without_an_address_are_told_what_they_need(
    world: World, department: APIClient
) -> None:
    wanted = body(world, premises={"name": "x"})

    answer = department.post("/api/v1/credentials", wanted, format="json")

    assert answer.json()["errors"] == [
        {
            "pointer": "/premises",
            "code": "address_missing",
            "detail": "An address is needed: address_en, address_tc or both.",
        }
    ]


def test_the_place_of_a_fault_in_a_schema_is_named(department: APIClient) -> None:
    schema = {"properties": {"x": {"$ref": "https://evil.example/schema.json"}}}

    answer = department.post(
        "/api/v1/credential-types", _type_body(schema=schema), format="json"
    )

    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/schema/properties/x/$ref", "reference_outside")
    ]


def test_a_catastrophic_pattern_of_an_issuer_keeps_nobody_busy(
    world: World, department: APIClient
) -> None:
    pattern = {"properties": {"licence_number": {"pattern": "^(a+)+$"}}}
    lookbehind = {"properties": {"licence_number": {"pattern": "(?<=a)(a+)+b"}}}
    CredentialType.objects.filter(pk=world.licence.pk).update(schema=pattern)
    claims = world.claims(licence_number="a" * 50_000 + "!")
    before = time.process_time()

    refused = department.post("/api/v1/credentials", body(world, claims=claims), format="json")
    defined = department.post(
        "/api/v1/credential-types", _type_body(schema=lookbehind), format="json"
    )

    assert time.process_time() - before < 5  # backtracking would outlast the sun
    assert refused.json()["code"] == "credential_claims_do_not_fit"
    assert defined.json()["code"] == "credential_type_not_described"


@pytest.mark.parametrize("name", ["iss", "status", "cnf", "exp", "iat"])
def test_a_type_cannot_claim_what_the_service_fills_in(
    department: APIClient, name: str
) -> None:
    wanted = _type_body()
    wanted["metadata"]["claims"][0].update({"path": [name], "sd": "never"})

    answer = department.post("/api/v1/credential-types", wanted, format="json")

    assert answer.json()["code"] == "credential_type_not_described"
    assert answer.json()["errors"][0]["code"] == "claim_not_yours"


def test_anybody_reads_the_metadata_of_a_type_in_use(world: World, client: Client) -> None:
    answer = client.get("/credential-types/food-licence")

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.json()["vct"] == world.licence.vct
    assert [entry["name"] for entry in answer.json()["display"]] == [
        "Food business licence",
        "食物業牌照",
        "食物业牌照",
    ]
    CredentialType.objects.update(status=CredentialType.Status.SUBMITTED)
    assert client.get("/credential-types/food-licence").status_code == 404


def _show(world: World, link: str) -> None:
    at = timezone.now()
    pending = read_presentation_request(
        person=world.director, company=world.company, link_text=link, at=at
    )
    answer_presentation_request(
        person=world.director,
        company=world.company,
        consent=pending.consent,
        choice={},
        at=at,
    )


def test_a_bank_asks_and_reads_the_answer(world: World, bank: APIClient) -> None:
    credential = world.issue(at=timezone.now())
    opened = bank.post("/api/v1/presentation-requests", query(world), format="json")
    assert opened.status_code == 201
    assert opened.json()["qr"].startswith("<?xml") or opened.json()["qr"].startswith("<svg")
    where = opened["Location"]
    waiting = bank.get(where).json()
    assert (waiting["state"], waiting["is_in_force"]) == ("open", None)

    _show(world, opened.json()["link"])

    answered = bank.get(where).json()
    assert (answered["state"], answered["is_in_force"]) == ("answered", True)
    (presented,) = answered["credentials"]
    assert presented["verdict"] == "in_force"
    assert presented["claims"]["licence_number"] == "2961800123"
    assert "premises" not in presented["claims"]
    assert "cnf" not in presented["claims"]
    change_status(
        issuer=world.department,
        credential_id=credential.id,
        change=Change.REVOKE,
        reason="x",
        at=timezone.now(),
    )


def test_the_link_for_a_browser_leads_to_the_wallets_page(
    world: World, bank: APIClient
) -> None:
    world.issue(at=timezone.now())
    opened = bank.post("/api/v1/presentation-requests", query(world), format="json").json()

    assert urlsplit(opened["wallet_link"]).path == "/wallet/present"
    _show(world, opened["wallet_link"])


def test_another_verifiers_request_is_not_there(world: World, bank: APIClient) -> None:
    opened = bank.post("/api/v1/presentation-requests", query(world), format="json")
    other = client_of(world.department, "presentations")

    answer = other.get(opened["Location"])

    assert (answer.status_code, answer.json()["code"]) == (
        404,
        "presentation_request_not_found",
    )


def test_a_query_that_cannot_be_read_is_refused(bank: APIClient) -> None:
    answer = bank.post(
        "/api/v1/presentation-requests",
        {"dcql_query": {"credentials": []}, "purpose": "x"},
        format="json",
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "dcql_query_malformed")


def test_wallets_fetch_the_signed_request(
    world: World, bank: APIClient, client: Client
) -> None:
    opened = bank.post("/api/v1/presentation-requests", query(world), format="json").json()
    path = urlsplit(opened["request_uri"]).path

    by_get = client.get(path)
    by_post = client.post(path, {"wallet_nonce": "w1"})

    assert by_get["Content-Type"] == "application/oauth-authz-req+jwt"
    assert by_get["Cache-Control"] == "no-store"
    claims = read_compact(by_get.content.decode()).payload
    assert claims["client_id"] == opened["client_id"]
    assert claims["response_uri"].endswith(f"/openid4vp/responses/{opened['id']}")
    assert read_compact(by_post.content.decode()).payload["wallet_nonce"] == "w1"


@pytest.mark.parametrize(
    ("content_type", "content", "status"),
    [
        ("application/json", b"{}", 415),
        ("application/x-www-form-urlencoded", b"vp_token=%7B%7D", 400),
        ("application/x-www-form-urlencoded", b"error=access_denied&state=guessed", 400),
    ],
)
def test_what_is_no_answer_is_refused_in_the_standards_terms(
    world: World,
    bank: APIClient,
    client: Client,
    content_type: str,
    content: bytes,
    status: int,
) -> None:
    opened = bank.post("/api/v1/presentation-requests", query(world), format="json").json()

    answer = client.post(
        f"/openid4vp/responses/{opened['id']}", content, content_type=content_type
    )

    assert (answer.status_code, answer.json()["error"]) == (status, "invalid_request")
    assert PresentationRequest.objects.get().state == "open"


@pytest.mark.parametrize("path", ["/openid4vp/requests/prq_x", "/openid4vp/responses/prq_x"])
def test_a_request_that_is_not_there_is_not_found(client: Client, path: str) -> None:
    answer = client.post(path, b"a=b", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 404
