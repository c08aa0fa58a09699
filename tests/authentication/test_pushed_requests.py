"""The PAR door: what the OpenID Foundation's FAPI 2.0 tests try against it."""

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings
from django.test import Client

from authentication.models import EService, PushedRequest
from authentication.services.openid.find_client import CLIENTS
from corpid.one_time.epoch import valkey
from tests.authentication.e_service import In, Relying, at_once, make_relying
from tests.protocols.signer import Signer, b64

pytestmark = pytest.mark.django_db


@pytest.fixture
def relying() -> Relying:
    return make_relying()


def error_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def test_a_request_is_pushed(relying: Relying) -> None:
    response = relying.push()

    assert response.status_code == 201
    assert response.json()["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert response.json()["expires_in"] == 90
    assert response["Cache-Control"] == "no-store"
    assert response["DPoP-Nonce"]


def test_neither_the_reference_nor_the_assertion_is_stored(relying: Relying) -> None:
    reference = relying.push().json()["request_uri"].rsplit(":", 1)[1]

    pushed = PushedRequest.objects.get()

    assert reference not in json.dumps(pushed.parameters)
    assert "client_assertion" not in pushed.parameters


@pytest.mark.parametrize("verb", ["get", "put", "delete", "patch"])
def test_the_door_takes_post_alone(relying: Relying, verb: str) -> None:
    response = getattr(relying.http, verb)("/oauth/par")

    assert response.status_code == 405
    assert response["Allow"] == "POST"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": "https://form.example/callback/"}, "invalid_request"),
        ({"redirect_uri": "https://form.example/callback?x=1"}, "invalid_request"),
        ({"redirect_uri": "https://FORM.example/callback"}, "invalid_request"),
        ({"redirect_uri": "https://attacker.example/callback"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "companies"}, "invalid_scope"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"resource": "https://other.example/"}, "invalid_target"),
        ({"authorization_details": "[]"}, "invalid_authorization_details"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "1e3"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": '{"id_token": {"a": 1}}'}, "invalid_request"),
        ({"claims": '{"id_token": {}, "id_token": {}}'}, "invalid_request"),
        ({"dpop_jkt": "x"}, "invalid_request"),
        ({"state": "\u00e9"}, "invalid_request"),
        ({"state": "x" * 5000}, "invalid_request"),
        ({"nonce": "\x00"}, "invalid_request"),
    ],
)
def test_a_request_that_could_not_be_answered_is_refused_at_once(
    relying: Relying, changes: dict[str, str | None], error: str
) -> None:
    assert error_of(relying.push(**changes)) == (400, error)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": None},
        {"nonce": None},
        {"state": "s" * 1000},
        {"nonce": "n" * 1000},
        {"resource": f"{settings.BASE_URL}/api/v1"},
        {"response_mode": "query"},
        {"unknown": "is ignored"},
        {"state": ""},
    ],
)
def test_what_the_standards_permit_is_taken(
    relying: Relying, changes: dict[str, str | None]
) -> None:
    assert relying.push(**changes).status_code == 201


def test_a_repeated_parameter_is_refused(relying: Relying) -> None:
    body = urlencode(relying.request() | relying.credentials()) + "&scope=openid"

    assert error_of(relying.post("/oauth/par", body)) == (400, "invalid_request")


def test_parameters_in_the_address_are_refused(relying: Relying) -> None:
    response = relying.post(
        "/oauth/par?scope=openid", relying.request(scope=None) | relying.credentials()
    )

    assert error_of(response) == (400, "invalid_request")


@pytest.mark.parametrize("body", ["{}", "%", "a", "a=%zz", "a=\xff"])
def test_a_body_that_is_no_form_is_refused(relying: Relying, body: str) -> None:
    assert relying.post("/oauth/par", body).status_code in {400, 401}


def test_a_body_that_is_too_large_is_refused(relying: Relying) -> None:
    response = relying.post("/oauth/par", "state=" + "s" * 3_000_000)

    assert error_of(response) == (400, "invalid_request")


def test_json_is_refused(relying: Relying) -> None:
    response = relying.http.post("/oauth/par", {}, content_type="application/json")

    assert error_of(response) == (400, "invalid_request")


def test_a_loopback_port_is_free_in_the_sandbox(settings: Any) -> None:
    native = make_relying(redirect_uris=["http://127.0.0.1/callback"])

    assert native.push(redirect_uri="http://127.0.0.1:51004/callback").status_code == 201
    assert native.push(redirect_uri="http://127.0.0.1:51004/other").status_code == 400
    assert native.push(redirect_uri="http://localhost:51004/callback").status_code == 400
    assert native.push(
        redirect_uri="http://127.0.0.1.attacker.example/callback"
    ).status_code == (400)
    settings.SANDBOX = False
    CLIENTS.clear()
    assert native.push(redirect_uri="http://127.0.0.1:51004/callback").status_code == 400
    assert native.push(redirect_uri="http://127.0.0.1/callback").status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": f"{settings.BASE_URL}/oauth/token"},
        {"aud": f"{settings.BASE_URL}/oauth/par"},
        {"aud": [settings.BASE_URL]},
        {"aud": [settings.BASE_URL, "https://other.example"]},
        {"aud": None},
        {"iss": None},
        {"sub": None},
        {"iss": "someone-else"},
        {"jti": None},
        {"exp": None},
        {"exp": In(-300)},
        {"exp": In(3600)},
        {"iat": In(90)},
        {"nbf": In(90)},
    ],
)
def test_an_assertion_with_wrong_claims_is_refused(
    relying: Relying, changes: dict[str, Any]
) -> None:
    credentials = relying.credentials(relying.assertion(**at_once(changes)))

    response = relying.post("/oauth/par", relying.request() | credentials)

    assert error_of(response) == (401, "invalid_client")


@pytest.mark.parametrize("changes", [{"iat": In(8)}, {"nbf": In(8)}, {"iat": None}])
def test_an_assertion_of_a_clock_slightly_ahead_is_taken(
    relying: Relying, changes: dict[str, Any]
) -> None:
    credentials = relying.credentials(relying.assertion(**at_once(changes)))

    response = relying.post("/oauth/par", relying.request() | credentials)

    assert response.status_code == 201


def test_an_assertion_counts_once(relying: Relying) -> None:
    credentials = relying.credentials()

    first = relying.post("/oauth/par", relying.request() | credentials)
    second = relying.post("/oauth/par", relying.request() | credentials)

    assert first.status_code == 201
    assert error_of(second) == (401, "invalid_client")


def test_an_assertion_does_not_count_again_after_valkey_was_wiped(relying: Relying) -> None:
    credentials = relying.credentials()
    relying.post("/oauth/par", relying.request() | credentials)
    valkey().flushdb()

    response = relying.post("/oauth/par", relying.request() | credentials)

    assert error_of(response) == (503, "temporarily_unavailable")
    assert "request_uri" not in response.json()


def test_an_assertion_signed_with_rs256_is_refused() -> None:
    key = rsa.generate_private_key(65537, 2048)
    numbers = key.public_key().public_numbers()
    jwk = {
        "kty": "RSA",
        "kid": "e-service",
        "n": b64(numbers.n.to_bytes(256)),
        "e": b64(numbers.e.to_bytes(3)),
    }
    relying = make_relying(jwks={"keys": [jwk]})
    claims: dict[str, Any] = {
        "iss": relying.client_id,
        "sub": relying.client_id,
        "aud": settings.BASE_URL,
    }
    claims |= {"jti": "one", "exp": int(time.time()) + 60}
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    answers = {}
    for algorithm, scheme in (("RS256", padding.PKCS1v15()), ("PS256", pss)):
        header = b64(json.dumps({"alg": algorithm, "kid": "e-service"}).encode())
        payload = b64(json.dumps(claims).encode())
        signing_input = f"{header}.{payload}"
        signature = key.sign(signing_input.encode(), scheme, hashes.SHA256())
        credentials = relying.credentials(f"{signing_input}.{b64(signature)}")
        answers[algorithm] = relying.post("/oauth/par", relying.request() | credentials)

    assert error_of(answers["RS256"]) == (401, "invalid_client")
    assert answers["PS256"].status_code == 201


def test_failed_authentications_stop_the_address_that_they_come_from(
    relying: Relying, django_assert_num_queries: Any
) -> None:
    forger = Relying(relying.row, Signer(kid="e-service"))

    def push(signer: Relying, address: str) -> Any:
        signer.http = Client(REMOTE_ADDR=address)
        return signer.push()

    statuses = [push(forger, "192.0.2.1").status_code for _ in range(30)]
    with django_assert_num_queries(0):
        refused = push(forger, "192.0.2.1")

    assert set(statuses) == {401}
    assert (refused.status_code, refused.json()["error"]) == (429, "temporarily_unavailable")
    assert int(refused["Retry-After"]) > 0
    assert push(relying, "192.0.2.1").status_code == 429
    assert push(relying, "192.0.2.2").status_code == 201
    assert push(make_relying(), "192.0.2.1").status_code == 201


def test_a_failure_now_and_then_stops_nobody(relying: Relying) -> None:
    forger = Relying(relying.row, Signer(kid="e-service"))

    assert {forger.push().status_code for _ in range(29)} == {401}
    assert {relying.push().status_code for _ in range(3)} == {201}


def test_an_assertion_of_one_client_does_not_speak_for_another(relying: Relying) -> None:
    other = make_relying()
    stolen = relying.credentials() | {"client_id": other.client_id}

    response = relying.post("/oauth/par", other.request() | stolen)

    assert error_of(response) == (401, "invalid_client")


def test_an_assertion_signed_with_another_key_is_refused(relying: Relying) -> None:
    relying.signer = Signer(kid="e-service")

    assert error_of(relying.push()) == (401, "invalid_client")


@pytest.mark.parametrize("status", ["applied", "suspended", "retired"])
def test_an_e_service_that_is_not_active_is_no_client(relying: Relying, status: str) -> None:
    EService.objects.filter(id=relying.row.id).update(status=status)

    assert error_of(relying.push()) == (401, "invalid_client")


def test_a_client_of_the_plain_issuer_is_refused_here() -> None:
    plain = make_relying(profile=EService.Profile.OIDC)

    assert error_of(plain.push()) == (400, "unauthorized_client")


@pytest.mark.parametrize("dropped", ["client_assertion", "client_assertion_type"])
def test_without_an_assertion_nobody_is_known(relying: Relying, dropped: str) -> None:
    credentials = relying.credentials()
    del credentials[dropped]

    response = relying.post("/oauth/par", relying.request() | credentials)

    assert error_of(response) == (401, "invalid_client")


def test_basic_authentication_is_refused(relying: Relying) -> None:
    response = relying.http.post(
        "/oauth/par",
        urlencode(relying.request()),
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": "Basic eDp5"},
    )

    assert error_of(response) == (401, "invalid_client")


def test_a_proof_at_the_door_needs_a_nonce(relying: Relying) -> None:
    response = relying.push(proof=relying.proof("POST", "/oauth/par"))

    assert error_of(response) == (400, "use_dpop_nonce")
    relying.nonce = response["DPoP-Nonce"]
    assert relying.push(proof=relying.proof("POST", "/oauth/par")).status_code == 201


def test_a_proof_and_dpop_jkt_must_agree(relying: Relying) -> None:
    relying.learn_nonce()
    own = relying.proof_key.keys.find(kid="proof", algorithm="ES256")
    other = Signer().keys.find(kid="one", algorithm="ES256")
    assert own is not None
    assert other is not None

    agreeing = relying.push(proof=relying.proof("POST", "/oauth/par"), dpop_jkt=own.thumbprint)
    differing = relying.push(
        proof=relying.proof("POST", "/oauth/par"), dpop_jkt=other.thumbprint
    )

    assert agreeing.status_code == 201
    assert error_of(differing) == (400, "invalid_dpop_proof")
