"""Whatever arrives, a reader of signed tokens and OAuth requests answers; it never breaks."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from authentication.oidc.authorization_request import ClientRules, read_authorization_request
from authentication.oidc.client_assertion import claimed_client, read_assertion
from authentication.oidc.dpop import verify_proof
from authentication.oidc.parameters import read_form
from corpid.errors import CorpIDError
from corpid.protocols import jwt
from corpid.protocols.jwk import KeyNotUsable, read_key_set
from corpid.protocols.jws import JWTNotAccepted
from corpid.protocols.jwt import Profile, peek_jwt, verify_jwt
from tests.protocols.signer import Signer, b64

NOW = datetime(2026, 3, 3, tzinfo=UTC)
SIGNER = Signer()
RULES = ClientRules("esv_1", ("https://form.example/",), frozenset({"openid"}), True)  # noqa: FBT003  a sandbox

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["", "ES256", "one", "https://a", "EC", "P-256", "RSA", "sig"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(
    [
        *("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "htm", "htu", "cnf"),
        *("alg", "kid", "typ", "jwk", "jku", "crit", "kty", "crv", "x", "y", "n", "e", "use"),
        *("key_ops", "events", "client_id", "response_type", "sd_hash", "vct", "status_list"),
    ]
)
objects = st.dictionaries(names | st.text(max_size=5), values, max_size=8)
profiles = st.sampled_from(jwt.PROFILES)


def read(token: str, profile: Profile) -> None:
    audience = None if profile.audience is jwt.Audience.NONE else "https://a"
    with contextlib.suppress(JWTNotAccepted):
        verify_jwt(token, profile=profile, keys=SIGNER.keys, at=NOW, audience=audience)
    with contextlib.suppress(JWTNotAccepted):
        peek_jwt(token, profile=profile)


@given(st.text(), profiles)
def test_any_text_as_a_token(text: str, profile: Profile) -> None:
    read(text, profile)
    read(f"{text}.{text}.{text}", profile)


@given(st.binary(), st.binary(), st.binary(), profiles)
def test_any_bytes_as_parts(head: bytes, body: bytes, end: bytes, profile: Profile) -> None:
    read(f"{b64(head)}.{b64(body)}.{b64(end)}", profile)


@given(objects, objects, profiles)
def test_any_signed_claims(
    header: dict[str, Any], claims: dict[str, Any], profile: Profile
) -> None:
    typ = max(profile.typ)
    read(SIGNER.sign({"typ": typ, "jwk": SIGNER.jwk}, json.dumps(claims)), profile)
    read(SIGNER.sign({"typ": typ} | header, json.dumps(claims)), profile)


@given(objects)
def test_any_object_as_a_key(jwk: dict[str, Any]) -> None:
    for keys in ({"keys": [jwk]}, {"keys": [SIGNER.jwk | jwk]}, jwk):
        with contextlib.suppress(KeyNotUsable):
            read_key_set(keys)


@given(objects, st.text())
def test_any_proof(claims: dict[str, Any], header: str) -> None:
    token = SIGNER.sign({"typ": "dpop+jwt", "jwk": SIGNER.jwk}, json.dumps(claims))
    for proof in (token, header):
        with contextlib.suppress(CorpIDError):
            verify_proof(proof, method="POST", url="https://a/b", nonce_key=b"k" * 32, at=NOW)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("scope", "state", "nonce", "prompt", "max_age", "claims", "acr_values"),
                *("redirect_uri", "resource", "dpop_jkt", "ui_locales", "code_challenge"),
                *("client_assertion", "client_assertion_type", "client_id", "response_mode"),
            ]
        ),
        st.text()
        | objects.map(json.dumps)
        | objects.map(lambda members: json.dumps({"id_token": members})),
    )
)
def test_any_parameters(changes: dict[str, str]) -> None:
    good = {
        "client_id": "esv_1",
        "redirect_uri": "https://form.example/",
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    with contextlib.suppress(CorpIDError):
        parameters = read_form(urlencode(good | changes).encode())
        read_authorization_request(parameters, rules=RULES, resource="https://a/api/v1")
    with contextlib.suppress(CorpIDError):
        claimed_client(read_assertion(changes), parameters=changes)


@given(st.binary())
def test_any_body(body: bytes) -> None:
    with contextlib.suppress(CorpIDError):
        read_form(body)
