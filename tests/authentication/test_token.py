"""The token door: codes count once, for their client, verifier and key."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from authentication.models import Capacity, CompanyStatus, Grant, PairwiseSubject, Person
from authentication.services.end_sessions import end_sessions
from authentication.services.openid.require_unrevoked import REVOKED
from corpid.audit.models import Event
from corpid.keys.models import Purpose
from corpid.keys.services.publish_jwks import publish_jwks
from corpid.one_time.epoch import valkey
from corpid.protocols.jwk import read_key_set
from corpid.protocols.jwt import ACCESS_TOKEN, ID_TOKEN, verify_jwt
from tests.authentication.e_service import (
    In,
    Relying,
    answer_of,
    approve,
    at_once,
    make_relying,
    read_claims,
    sha256,
    sign_in_code,
)
from tests.makers import make_company, make_mandate, make_member, make_officer, make_person
from tests.protocols.signer import Signer
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def relying() -> Relying:
    return make_relying()


@pytest.fixture
def director() -> Any:
    person = make_person("Lee Siu Ming", email="lee@harvest.example")
    person.company = make_company()  # type: ignore[attr-defined]  # for the tests to find
    make_officer(person.company, person)  # type: ignore[attr-defined]  # set above
    return person


@pytest.fixture
def browser(client: Client, director: Any) -> Client:
    sign_in_as(client, director, company=director.company)
    return client


def error_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def test_a_code_becomes_an_id_token_and_a_bound_access_token(
    relying: Relying, browser: Client, director: Any
) -> None:
    before = int(time.time())

    response = relying.exchange(sign_in_code(relying, browser))

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    answer = response.json()
    assert answer["token_type"] == "DPoP"
    assert answer["expires_in"] == 300
    keys = read_key_set(publish_jwks([Purpose.OP], at=timezone.now()))
    id_token = verify_jwt(
        answer["id_token"],
        profile=ID_TOKEN,
        keys=keys,
        at=timezone.now(),
        issuer=settings.BASE_URL,
        audience=relying.client_id,
        nonce="some-nonce",
    )
    assert id_token["corp"] == {
        "corp_id": str(director.company.id),
        "ubi": director.company.ubi,
        "names": {
            "en": "Golden Harvest Trading Limited",
            "zh-Hant": "金穗貿易有限公司",
            "zh-Hans": "金穗贸易有限公司",
        },
        "kind": "local_private",
        "status": "live",
    }
    assert id_token["rep"] == {
        "capacity": "director",
        "roles": [],
        "chain": [{"ubi": director.company.ubi}],
    }
    assert id_token["acr"] == f"{settings.BASE_URL}/acr/2"
    assert id_token["amr"] == ["pwd", "otp", "mfa"]
    assert before - 600 <= id_token["auth_time"] <= before + 1
    assert id_token["sid"].startswith("ses_")
    assert "Lee" not in str(id_token.values)
    access_token = verify_jwt(
        answer["access_token"],
        profile=ACCESS_TOKEN,
        keys=keys,
        at=timezone.now(),
        issuer=settings.BASE_URL,
        audience=f"{settings.BASE_URL}/api/v1",
        subject=id_token["sub"],
    )
    key = relying.proof_key.keys.find(kid="proof", algorithm="ES256")
    assert key is not None
    assert access_token["cnf"] == {"jkt": key.thumbprint}
    assert access_token["exp"] - access_token["iat"] == 300


def test_the_chain_names_the_firm_and_the_mandate(relying: Relying, client: Client) -> None:
    harvest, firm = make_company(), make_company("ABC Secretaries Limited")
    agent = make_person("Wong Mei Ling", email="wong@abc.example")
    member = make_member(firm, agent, "filer")
    mandate = make_mandate(harvest, firm, "corpid.sign_in")
    mandate.users.create(member=member)
    sign_in_as(client, agent, company=harvest)
    page = client.get(relying.address())

    code = sign_in_code(relying, client)
    rep = read_claims(relying.exchange(code).json()["id_token"])["rep"]

    assert (
        "Wong Mei Ling, of ABC Secretaries Limited, under a mandate of "
        "Golden Harvest Trading Limited" in page.content.decode()
    )
    assert rep["capacity"] == "agent"
    assert rep["chain"] == [
        {"ubi": firm.ubi},
        {"ubi": harvest.ubi, "mandate": mandate.reference},
    ]
    grant = Grant.objects.get()
    assert (grant.capacity, grant.firms, grant.mandates) == (
        "agent",
        [firm.ubi],
        [mandate.reference],
    )


def test_staff_of_an_officer_firm_act_in_its_capacity(relying: Relying, client: Client) -> None:
    harvest, firm = make_company(), make_company("ABC Secretaries Limited")
    agent = make_person("Wong Mei Ling", email="wong@abc.example")
    make_member(firm, agent, "filer")
    make_officer(harvest, firm, Capacity.SECRETARY)
    sign_in_as(client, agent, company=harvest)
    page = client.get(relying.address())

    rep = read_claims(relying.exchange(sign_in_code(relying, client)).json()["id_token"])["rep"]

    assert (
        "Wong Mei Ling, of ABC Secretaries Limited (company secretary on the register), for "
        "Golden Harvest Trading Limited" in page.content.decode()
    )
    assert rep == {
        "capacity": "secretary",
        "roles": [],
        "chain": [{"ubi": firm.ubi}, {"ubi": harvest.ubi}],
    }


def test_a_request_without_nonce_gets_a_token_without(
    relying: Relying, browser: Client
) -> None:
    code = sign_in_code(relying, browser, nonce=None)

    assert "nonce" not in read_claims(relying.exchange(code).json()["id_token"])


def test_person_sub_is_told_where_it_is_asked_for(
    relying: Relying, browser: Client, director: Any
) -> None:
    claims = '{"id_token": {"person_sub": null}, "userinfo": {"person_sub": null}}'

    answer = relying.exchange(sign_in_code(relying, browser, claims=claims)).json()
    told = read_claims(answer["id_token"])
    userinfo = relying.call(answer["access_token"], "/oauth/userinfo").json()

    alone = PairwiseSubject.objects.get(person=director, company=None)
    assert told["person_sub"] == userinfo["person_sub"] == alone.sub != told["sub"]


def test_a_code_counts_once_and_its_reuse_revokes(relying: Relying, browser: Client) -> None:
    code = sign_in_code(relying, browser)
    token = relying.exchange(code).json()["access_token"]
    assert relying.call(token, "/oauth/userinfo").status_code == 200

    again = relying.exchange(code)

    assert error_of(again) == (400, "invalid_grant")
    REVOKED.clear()
    refused = relying.call(token, "/oauth/userinfo")
    assert error_of(refused) == (401, "invalid_token")
    assert Grant.objects.get().ending == Grant.Ending.CODE_REUSED
    assert Event.objects.filter(kind="authentication.grant.ended").count() == 1


def test_a_code_that_another_client_found_stays_good_for_its_own(
    relying: Relying, browser: Client
) -> None:
    code = sign_in_code(relying, browser)
    thief = make_relying()
    thief.verifier = relying.verifier

    assert error_of(thief.exchange(code)) == (400, "invalid_grant")
    assert relying.exchange(code).status_code == 200
    assert error_of(thief.exchange(code)) == (400, "invalid_grant")
    assert Grant.objects.get().ended_at is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": "https://form.example/other"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code": "guess"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        (
            {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
            "unsupported_grant_type",
        ),
        ({"resource": "https://other.example"}, "invalid_target"),
    ],
)
def test_an_exchange_that_does_not_fit_the_request_is_refused(
    relying: Relying, browser: Client, changes: dict[str, str | None], error: str
) -> None:
    code = sign_in_code(relying, browser)

    response = relying.exchange(code, **changes)

    assert error_of(response) == (400, error)


def test_a_code_lives_60_seconds(relying: Relying, client: Client, director: Any) -> None:
    with time_machine.travel(datetime(2026, 3, 3, tzinfo=UTC), tick=False) as clock:
        sign_in_as(client, director, company=director.company)
        early, late = sign_in_code(relying, client), sign_in_code(relying, client)
        clock.shift(timedelta(seconds=59))
        assert relying.exchange(early).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert error_of(relying.exchange(late)) == (400, "invalid_grant")


@pytest.mark.parametrize("ended", ["office", "person", "company"])
def test_a_code_of_authority_that_ended_is_worth_nothing(
    relying: Relying, browser: Client, director: Any, ended: str
) -> None:
    code = sign_in_code(relying, browser)
    if ended == "office":
        director.offices.update(ceased_on=timezone.localdate())
    elif ended == "person":
        Person.objects.filter(id=director.id).update(status=Person.Status.LOCKED)
    else:
        director.company.status = CompanyStatus.STRUCK_OFF
        director.company.save()

    assert error_of(relying.exchange(code)) == (400, "invalid_grant")


@pytest.mark.django_db(transaction=True)
def test_fifty_codes_used_twice_at_once_give_tokens_once_and_take_them_back(
    relying: Relying, browser: Client
) -> None:
    relying.learn_nonce()  # known before both begin
    outcomes, given = [], []
    for _ in range(50):
        code = sign_in_code(relying, browser)
        together = threading.Barrier(2)

        def exchange(code: str = code, together: threading.Barrier = together) -> Any:
            try:
                together.wait()
                return relying.exchange(code)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            answers = [future.result() for future in [threads.submit(exchange) for _ in "ab"]]
        outcomes.append(sorted(answer.status_code for answer in answers))
        given += [each.json() for each in answers if each.status_code == 200]

    REVOKED.clear()
    refused = [error_of(relying.refresh(tokens["refresh_token"])) for tokens in given]
    called = [relying.call(tokens["access_token"], "/oauth/userinfo") for tokens in given]
    assert outcomes == [[200, 400]] * 50
    assert refused == [(400, "invalid_grant")] * 50
    assert [error_of(answer) for answer in called] == [(401, "invalid_token")] * 50


def test_a_code_is_bound_to_the_key_of_the_pushed_proof(
    relying: Relying, browser: Client
) -> None:
    relying.learn_nonce()
    own = relying.proof_key.keys.find(kid="proof", algorithm="ES256")
    assert own is not None
    code = sign_in_code(relying, browser, dpop_jkt=own.thumbprint)
    relying.proof_key = Signer(kid="another")

    assert error_of(relying.exchange(code)) == (400, "invalid_dpop_proof")


def test_a_code_is_bound_to_the_key_of_a_proof_at_the_par_door(
    relying: Relying, browser: Client
) -> None:
    relying.learn_nonce()
    pushed = relying.push(proof=relying.proof("POST", "/oauth/par")).json()
    query = urlencode({"client_id": relying.client_id, "request_uri": pushed["request_uri"]})
    code = answer_of(approve(browser, f"/oauth/authorize?{query}"))["code"]
    own_key, relying.proof_key = relying.proof_key, Signer(kid="another")

    assert error_of(relying.exchange(code)) == (400, "invalid_dpop_proof")
    relying.proof_key = own_key
    assert relying.exchange(code).status_code == 200


def test_without_a_proof_no_token(relying: Relying, browser: Client) -> None:
    code = sign_in_code(relying, browser)

    response = relying.post(
        "/oauth/token",
        relying.credentials()
        | {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": relying.row.redirect_uris[0],
            "code_verifier": relying.verifier,
        },
    )

    assert error_of(response) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "GET"},
        {"htm": None},
        {"htu": f"{settings.BASE_URL}/oauth/par"},
        {"htu": "https://attacker.example/oauth/token"},
        {"htu": None},
        {"jti": None},
        {"iat": None},
        {"iat": In(-120)},
        {"iat": In(90)},
        {"exp": In(-1)},
        {"nbf": In(90)},
        {"header": {"typ": None}},
        {"header": {"typ": "JWT"}},
        {"header": {"alg": "none"}},
        {"header": {"alg": "RS256"}},
        {"header": {"jwk": None}},
        {"header": {"jwk": Signer().jwk}},
        {"header": {"jku": "https://attacker.example"}},
    ],
)
def test_a_proof_that_does_not_hold_is_refused(
    relying: Relying, changes: dict[str, Any]
) -> None:
    relying.learn_nonce()
    proof = relying.proof("POST", "/oauth/token", **at_once(changes))

    response = relying.post(
        "/oauth/token",
        relying.credentials() | {"grant_type": "client_credentials"},
        proof=proof,
    )

    assert error_of(response) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": In(-10)},
        {"iat": In(10)},
        {"htu": f"{settings.BASE_URL.upper().replace('HTTP', 'http')}/oauth/token"},
        {"htu": f"{settings.BASE_URL}:80/oauth/token"},
    ],
)
def test_a_proof_within_its_window_is_taken(relying: Relying, changes: dict[str, Any]) -> None:
    relying.learn_nonce()
    proof = relying.proof("POST", "/oauth/token", **at_once(changes))

    response = relying.post(
        "/oauth/token",
        relying.credentials() | {"grant_type": "client_credentials"},
        proof=proof,
    )

    assert response.status_code == 200


def own_token(relying: Relying, *, proof: str | None = None, **changes: str) -> Any:
    if relying.nonce is None:
        relying.learn_nonce()
    return relying.post(
        "/oauth/token",
        relying.credentials() | {"grant_type": "client_credentials"} | changes,
        proof=proof or relying.proof("POST", "/oauth/token"),
    )


def test_a_proof_counts_once(relying: Relying) -> None:
    relying.learn_nonce()
    proof = relying.proof("POST", "/oauth/token")

    assert own_token(relying, proof=proof).status_code == 200
    assert error_of(own_token(relying, proof=proof)) == (400, "invalid_dpop_proof")


def test_a_proof_does_not_count_again_after_valkey_was_wiped(relying: Relying) -> None:
    relying.learn_nonce()
    proof = relying.proof("POST", "/oauth/token")
    own_token(relying, proof=proof)
    valkey().flushdb()
    credentials = relying.credentials(relying.assertion(iat=int(time.time()) + 5))

    response = relying.post(
        "/oauth/token", credentials | {"grant_type": "client_credentials"}, proof=proof
    )

    assert error_of(response) == (400, "use_dpop_nonce")
    relying.nonce = response["DPoP-Nonce"]
    credentials = relying.credentials(relying.assertion(iat=int(time.time()) + 5))
    again = relying.post(
        "/oauth/token",
        credentials | {"grant_type": "client_credentials"},
        proof=relying.proof("POST", "/oauth/token"),
    )
    assert again.status_code == 200


@pytest.mark.parametrize("nonce", ["", "guess", "0.x.y", "ffffffff.e.m", None])
def test_a_nonce_that_is_not_ours_is_replaced(relying: Relying, nonce: str | None) -> None:
    proof = relying.proof("POST", "/oauth/token", nonce=nonce)

    response = relying.post(
        "/oauth/token",
        relying.credentials() | {"grant_type": "client_credentials"},
        proof=proof,
    )

    assert response.json()["error"] in {"use_dpop_nonce", "invalid_dpop_proof"}
    if nonce != "":
        assert response["DPoP-Nonce"]


def test_a_nonce_grows_old(relying: Relying) -> None:
    with time_machine.travel(datetime(2026, 3, 3, tzinfo=UTC), tick=False) as clock:
        relying.learn_nonce()
        clock.shift(timedelta(minutes=5))
        assert own_token(relying).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert error_of(own_token(relying)) == (400, "use_dpop_nonce")


def test_a_client_gets_a_token_of_its_own(relying: Relying) -> None:
    answer = own_token(relying).json()

    claims = read_claims(answer["access_token"])
    assert answer["scope"] == "authority sign"
    assert claims["sub"] == claims["client_id"] == relying.client_id
    assert "grant" not in claims
    assert "id_token" not in answer


@pytest.mark.parametrize("scope", ["openid", "companies", "sign openid", "admin"])
def test_a_client_on_its_own_gets_no_scope_of_persons(relying: Relying, scope: str) -> None:
    assert error_of(own_token(relying, scope=scope)) == (400, "invalid_scope")


def test_userinfo_has_the_sub_of_the_id_token_and_present_facts(
    relying: Relying, browser: Client, director: Any
) -> None:
    answer = relying.exchange(sign_in_code(relying, browser)).json()
    director.company.status = CompanyStatus.NAME_BEING_CHANGED
    director.company.save()

    told = relying.call(answer["access_token"], "/oauth/userinfo").json()

    assert told["sub"] == read_claims(answer["id_token"])["sub"]
    assert told["corp"]["status"] == "name_being_changed"
    assert set(told) == {"sub", "corp", "rep"}
    posted = relying.call(answer["access_token"], "/oauth/userinfo", method="POST")
    assert posted.json() == told


def test_userinfo_without_authority_is_refused(
    relying: Relying, browser: Client, director: Any
) -> None:
    token = relying.exchange(sign_in_code(relying, browser)).json()["access_token"]
    director.offices.update(ceased_on=timezone.localdate())

    response = relying.call(token, "/oauth/userinfo")

    assert error_of(response) == (401, "invalid_token")


def test_userinfo_is_for_persons(relying: Relying) -> None:
    token = own_token(relying).json()["access_token"]

    assert error_of(relying.call(token, "/oauth/userinfo")) == (403, "insufficient_scope")


def test_a_bound_token_without_its_key_is_stolen(relying: Relying, browser: Client) -> None:
    token = relying.exchange(sign_in_code(relying, browser)).json()["access_token"]
    http = relying.http
    as_bearer = http.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    without_proof = http.get("/oauth/userinfo", headers={"Authorization": f"DPoP {token}"})
    other_path = relying.call(token, "/oauth/userinfo", htu=f"{settings.BASE_URL}/api/v1/x")
    other_token = relying.call(token, "/oauth/userinfo", ath=sha256("other"))
    without_ath = relying.call(token, "/oauth/userinfo", ath=None)
    relying.proof_key = Signer(kid="thief")
    other_key = relying.call(token, "/oauth/userinfo")

    assert error_of(as_bearer) == (401, "invalid_token")
    for response in (without_proof, other_path, other_token, without_ath, other_key):
        assert error_of(response) == (401, "invalid_dpop_proof")
        assert 'error="invalid_dpop_proof"' in response["WWW-Authenticate"]


def test_resources_ask_for_a_nonce_too(relying: Relying, browser: Client) -> None:
    token = relying.exchange(sign_in_code(relying, browser)).json()["access_token"]

    for path in ("/oauth/userinfo", "/api/v1/companies"):
        response = relying.call(token, path, nonce="old")

        assert response.status_code == 401
        assert 'error="use_dpop_nonce"' in response["WWW-Authenticate"]
        assert response["DPoP-Nonce"]


def test_without_a_token_the_way_to_one_is_told(relying: Relying) -> None:
    response = relying.http.get("/oauth/userinfo")

    assert response.status_code == 401
    assert "error=" not in response["WWW-Authenticate"]
    metadata = f"{settings.BASE_URL}/.well-known/oauth-protected-resource/api/v1"
    assert f'resource_metadata="{metadata}"' in response["WWW-Authenticate"]


@pytest.mark.parametrize(
    "header", ["DPoP", "DPoP ", "DPoP a b", "Basic eDp5", "DPoP \xff", "Bearer x", "DPoP a.b.c"]
)
def test_a_header_that_is_no_token_is_refused(relying: Relying, header: str) -> None:
    for path in ("/oauth/userinfo", "/api/v1/companies"):
        response = relying.http.get(path, headers={"Authorization": header})

        assert response.status_code in {400, 401}


def test_an_id_token_is_no_access_token(relying: Relying, browser: Client) -> None:
    token = relying.exchange(sign_in_code(relying, browser)).json()["id_token"]

    assert error_of(relying.call(token, "/oauth/userinfo")) == (401, "invalid_token")


def test_an_access_token_lives_five_minutes(
    relying: Relying, client: Client, director: Any
) -> None:
    with time_machine.travel(datetime(2026, 3, 3, tzinfo=UTC), tick=False) as clock:
        sign_in_as(client, director, company=director.company)
        token = relying.exchange(sign_in_code(relying, client)).json()["access_token"]
        clock.shift(timedelta(seconds=299))
        assert relying.call(token, "/oauth/userinfo").status_code == 200
        clock.shift(timedelta(seconds=1))
        assert error_of(relying.call(token, "/oauth/userinfo")) == (401, "invalid_token")


def test_signing_out_of_the_portal_ends_what_e_services_were_given(
    relying: Relying, browser: Client, director: Any
) -> None:
    token = relying.exchange(sign_in_code(relying, browser)).json()["access_token"]

    end_sessions(account=director.account, at=timezone.now())
    REVOKED.clear()

    assert error_of(relying.call(token, "/oauth/userinfo")) == (401, "invalid_token")
    assert relying.call(token, "/api/v1/companies").status_code == 401


def test_every_token_is_recorded(relying: Relying, browser: Client, director: Any) -> None:
    relying.exchange(sign_in_code(relying, browser))
    own_token(relying)

    kinds = list(
        Event.objects.filter(kind__contains="token").order_by("id").values_list("kind", "actor")
    )

    assert kinds == [("authentication.token.issued", f"e-service:{relying.client_id}")] * 2


def test_a_request_for_a_nonce_does_not_use_up_the_assertion(relying: Relying) -> None:
    fields = relying.credentials() | {"grant_type": "client_credentials"}
    first = relying.post("/oauth/token", fields, proof=relying.proof("POST", "/oauth/token"))
    relying.nonce = first["DPoP-Nonce"]

    again = relying.post("/oauth/token", fields, proof=relying.proof("POST", "/oauth/token"))
    replayed = relying.post("/oauth/token", fields, proof=relying.proof("POST", "/oauth/token"))

    assert error_of(first) == (400, "use_dpop_nonce")
    assert again.status_code == 200
    assert error_of(replayed) == (401, "invalid_client")


def test_an_assertion_that_was_sent_before_a_wipe_is_answered_503_not_invalid_client(
    relying: Relying,
) -> None:
    relying.learn_nonce()
    valkey().flushdb()
    fields = relying.credentials() | {"grant_type": "client_credentials"}
    told = relying.post("/oauth/token", fields, proof=relying.proof("POST", "/oauth/token"))
    relying.nonce = told["DPoP-Nonce"]

    answers = [
        relying.post("/oauth/token", fields, proof=relying.proof("POST", "/oauth/token"))
        for _ in range(2)
    ]

    assert [error_of(answer) for answer in answers] == [(503, "temporarily_unavailable")] * 2
    assert answers[0]["Retry-After"] == "2"
