"""The one reader of signed tokens, with each kind's own rules (RFC 8725)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from corpid.protocols import jwt
from corpid.protocols.jwk import read_key, read_key_set
from corpid.protocols.jws import (
    JWTAlgorithmNotTaken,
    JWTKeyNotKnown,
    JWTMalformed,
    JWTSignatureInvalid,
)
from corpid.protocols.jwt import (
    JWTClaimNotAccepted,
    JWTNotInTime,
    JWTTypeNotTaken,
    Profile,
    verify_jwt,
)
from tests.protocols.signer import Signer, b64

NOW = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
ISSUER = "https://corpid.example"


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8))


@pytest.fixture(scope="module")
def client() -> Signer:
    return Signer()


def seconds(offset: float) -> int:
    return int((NOW + timedelta(seconds=offset)).timestamp())


def assertion_claims(**changes: Any) -> dict[str, Any]:
    claims = {
        "iss": "esv_1",
        "sub": "esv_1",
        "aud": ISSUER,
        "jti": "n1",
        "iat": seconds(0),
        "exp": seconds(60),
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def read_assertion(token: str, client: Signer) -> jwt.Claims:
    return verify_jwt(
        token, profile=jwt.CLIENT_ASSERTION, keys=client.keys, at=NOW, audience=ISSUER
    )


def test_a_client_assertion_is_read(client: Signer) -> None:
    token = client.sign({"typ": "JWT"}, assertion_claims())

    claims = read_assertion(token, client)

    assert claims["sub"] == "esv_1"
    assert claims.key.kid == "one"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [ISSUER]},
        {"aud": [ISSUER, "https://other.example"]},
        {"aud": f"{ISSUER}/oauth/token"},
        {"aud": None},
        {"sub": None},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
    ],
)
def test_an_assertion_with_a_wrong_claim_is_refused(
    client: Signer, changes: dict[str, Any]
) -> None:
    token = client.sign({}, assertion_claims(**changes))

    with pytest.raises(JWTClaimNotAccepted):
        read_assertion(token, client)


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": seconds(8)},
        {"iat": seconds(10)},
        {"nbf": seconds(8)},
        {"iat": seconds(30)},
        {"nbf": seconds(30)},
        {"exp": seconds(1)},
        {"iat": None},
    ],
)
def test_a_clock_that_is_slightly_ahead_is_accepted(
    client: Signer, changes: dict[str, Any]
) -> None:
    token = client.sign({}, assertion_claims(**changes))

    assert read_assertion(token, client)["iss"] == "esv_1"


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": seconds(31)},
        {"nbf": seconds(61)},
        {"exp": seconds(0)},
        {"exp": seconds(-300)},
        {"exp": seconds(601)},
    ],
)
def test_a_token_out_of_its_time_is_refused(client: Signer, changes: dict[str, Any]) -> None:
    token = client.sign({}, assertion_claims(**changes))

    with pytest.raises(JWTNotInTime):
        read_assertion(token, client)


@pytest.mark.parametrize("exp", ["1e400", "1" + "0" * 400, "-1", "9007199254740993"])
def test_a_time_that_is_no_time_is_refused(client: Signer, exp: str) -> None:
    text = json.dumps(assertion_claims(exp=0)).replace('"exp": 0', f'"exp": {exp}')
    token = client.sign({}, text)

    with pytest.raises(JWTClaimNotAccepted):
        read_assertion(token, client)


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://attacker.example/jwks"},
        {"x5u": "https://attacker.example/certificate"},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"b64": False, "crit": ["b64"]},
        {"kid": 7},
        {"typ": ["JWT"]},
    ],
)
def test_a_header_that_leads_elsewhere_is_refused(
    client: Signer, header: dict[str, Any]
) -> None:
    token = client.sign(header, assertion_claims())

    with pytest.raises(JWTMalformed):
        read_assertion(token, client)


@pytest.mark.parametrize(
    "text",
    [
        '{"iss": "esv_1", "iss": "esv_2"}',
        '{"iss": "esv_1", "corp": {"ubi": "1", "ubi": "2"}}',
        '{"iss": NaN}',
        '{"iss": Infinity}',
        '{"iss": "\\ud800"}',
        '{"iss": "\\u0000"}',
        '["iss"]',
        '"iss"',
        "",
        "[" * 100_000,
    ],
)
def test_claims_that_can_be_read_two_ways_are_refused(client: Signer, text: str) -> None:
    token = client.sign({}, text)

    with pytest.raises(JWTMalformed):
        verify_jwt(
            token,
            profile=Profile(
                name="long",
                typ=frozenset({""}),
                required=frozenset(),
                audience=jwt.Audience.NONE,
                max_bytes=1_000_000,
            ),
            keys=client.keys,
            at=NOW,
        )


def test_a_duplicate_name_in_the_header_is_refused(client: Signer) -> None:
    header = b64(b'{"alg": "none", "alg": "ES256", "kid": "one"}')
    signing_input = f"{header}.{b64(json.dumps(assertion_claims()).encode())}"
    token = f"{signing_input}.{b64(client.signature(signing_input.encode()))}"

    with pytest.raises(JWTMalformed):
        read_assertion(token, client)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256", "ES384", "es256", ""])
def test_an_algorithm_outside_the_profile_is_refused(client: Signer, algorithm: str) -> None:
    token = client.sign({"alg": algorithm}, assertion_claims())

    with pytest.raises(JWTAlgorithmNotTaken):
        read_assertion(token, client)


def test_a_changed_claim_breaks_the_signature(client: Signer) -> None:
    header, _, signature = client.sign({}, assertion_claims()).split(".")
    other = b64(json.dumps(assertion_claims(sub="esv_2")).encode())

    with pytest.raises(JWTSignatureInvalid):
        read_assertion(f"{header}.{other}.{signature}", client)


def test_the_key_of_another_client_is_not_found(client: Signer) -> None:
    token = Signer(kid="other").sign({}, assertion_claims())

    with pytest.raises(JWTKeyNotKnown):
        read_assertion(token, client)


def test_a_key_in_the_header_does_not_vouch_for_a_client(client: Signer) -> None:
    attacker = Signer()
    token = attacker.sign({"jwk": attacker.jwk}, assertion_claims())

    with pytest.raises(JWTSignatureInvalid):
        read_assertion(token, client)


def test_without_a_kid_the_only_key_that_fits_is_meant(client: Signer) -> None:
    header = b64(b'{"alg": "ES256"}')
    signing_input = f"{header}.{b64(json.dumps(assertion_claims()).encode())}"
    token = f"{signing_input}.{b64(client.signature(signing_input.encode()))}"

    assert read_assertion(token, client)["sub"] == "esv_1"

    two = read_key_set({"keys": [client.jwk, Signer(kid="two").jwk]})
    with pytest.raises(JWTKeyNotKnown):
        verify_jwt(token, profile=jwt.CLIENT_ASSERTION, keys=two, at=NOW, audience=ISSUER)


def everything() -> dict[str, Any]:
    """Make claims that satisfy every kind at once, so that only `typ` can tell them apart."""
    return assertion_claims() | {
        "client_id": "esv_1",
        "htm": "POST",
        "htu": f"{ISSUER}/oauth/token",
        "nonce": "n",
        "sd_hash": "h",
        "vct": "v",
        "status_list": {},
        "response_type": "code",
        "events": {},
    }


@pytest.mark.parametrize("profile", jwt.PROFILES, ids=lambda profile: profile.name)
@pytest.mark.parametrize("other", jwt.PROFILES, ids=lambda profile: profile.name)
def test_a_token_of_one_kind_never_passes_for_another(
    client: Signer, profile: Profile, other: Profile
) -> None:
    claims = {
        name: value for name, value in everything().items() if name not in other.forbidden
    }
    typ = max(other.typ)
    token = client.sign({"typ": typ, "jwk": client.jwk}, claims)
    audience = None if profile.audience is jwt.Audience.NONE else ISSUER

    if typ in profile.typ and profile.forbidden.isdisjoint(claims):
        verify_jwt(token, profile=profile, keys=client.keys, at=NOW, audience=audience)
    else:
        with pytest.raises(JWTTypeNotTaken):
            verify_jwt(token, profile=profile, keys=client.keys, at=NOW, audience=audience)


def test_only_id_tokens_and_assertions_share_a_type() -> None:
    shared = {
        frozenset({one.name, two.name})
        for one in jwt.PROFILES
        for two in jwt.PROFILES
        if one is not two and one.typ & two.typ
    }

    assert shared == {frozenset({"id_token", "client assertion"})}


@pytest.mark.parametrize("profile", jwt.PROFILES, ids=lambda profile: profile.name)
def test_every_required_claim_is_required(client: Signer, profile: Profile) -> None:
    audience = None if profile.audience is jwt.Audience.NONE else ISSUER
    for name in profile.required:
        claims = {
            key: value
            for key, value in everything().items()
            if key != name and key not in profile.forbidden
        }
        token = client.sign({"typ": max(profile.typ), "jwk": client.jwk}, claims)

        with pytest.raises(JWTClaimNotAccepted):
            verify_jwt(token, profile=profile, keys=client.keys, at=NOW, audience=audience)


def test_a_logout_token_never_carries_a_nonce(client: Signer) -> None:
    token = client.sign({"typ": "logout+jwt"}, everything())

    with pytest.raises(JWTClaimNotAccepted):
        verify_jwt(token, profile=jwt.LOGOUT_TOKEN, keys=client.keys, at=NOW, audience=ISSUER)


def test_a_kind_with_an_audience_is_never_read_without_one(client: Signer) -> None:
    token = client.sign({}, assertion_claims())

    with pytest.raises(TypeError):
        verify_jwt(token, profile=jwt.CLIENT_ASSERTION, keys=client.keys, at=NOW)


def proof_claims(**changes: Any) -> dict[str, Any]:
    return {"jti": "p", "htm": "POST", "htu": f"{ISSUER}/x", "iat": seconds(0)} | changes


@pytest.mark.parametrize("offset", [-60, -10, 0, 10, 30])
def test_a_dpop_proof_brings_its_key_and_is_fresh(client: Signer, offset: int) -> None:
    token = client.sign(
        {"typ": "dpop+jwt", "jwk": client.jwk}, proof_claims(iat=seconds(offset))
    )

    claims = verify_jwt(token, profile=jwt.DPOP_PROOF, keys=None, at=NOW)

    assert claims.key.thumbprint == client.keys.find(kid="one", algorithm="ES256").thumbprint  # type: ignore[union-attr]  # the fixture's key


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": seconds(-61)},
        {"iat": seconds(31)},
        {"nbf": seconds(61)},
        {"exp": seconds(0)},
    ],
)
def test_a_dpop_proof_out_of_its_time_is_refused(
    client: Signer, changes: dict[str, Any]
) -> None:
    token = client.sign({"typ": "dpop+jwt", "jwk": client.jwk}, proof_claims(**changes))

    with pytest.raises(JWTNotInTime):
        verify_jwt(token, profile=jwt.DPOP_PROOF, keys=None, at=NOW)


@pytest.mark.parametrize("jwk", [None, "x", {}, {"kty": "oct", "k": "AAAA"}, "private"])
def test_a_dpop_proof_needs_a_public_key_in_its_header(client: Signer, jwk: object) -> None:
    if jwk == "private":
        jwk = client.jwk | {"d": "AAAA"}
    header = {"typ": "dpop+jwt"} | ({} if jwk is None else {"jwk": jwk})
    token = client.sign(header, proof_claims())

    with pytest.raises(JWTMalformed):
        verify_jwt(token, profile=jwt.DPOP_PROOF, keys=None, at=NOW)


def test_ps256_and_ed25519_are_read_too() -> None:
    rsa_key = rsa.generate_private_key(65537, 2048)
    numbers = rsa_key.public_key().public_numbers()
    edwards_key = ed25519.Ed25519PrivateKey.generate()
    keys = read_key_set(
        {
            "keys": [
                {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), "kid": "r"},
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "x": b64(edwards_key.public_key().public_bytes_raw()),
                    "kid": "o",
                },
            ]
        }
    )
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    for algorithm, kid, sign in (
        ("PS256", "r", lambda octets: rsa_key.sign(octets, pss, hashes.SHA256())),
        ("EdDSA", "o", edwards_key.sign),
        ("Ed25519", "o", edwards_key.sign),
    ):
        header = b64(json.dumps({"alg": algorithm, "kid": kid}).encode())
        signing_input = f"{header}.{b64(json.dumps(assertion_claims()).encode())}"
        token = f"{signing_input}.{b64(sign(signing_input.encode()))}"

        claims = verify_jwt(
            token, profile=jwt.CLIENT_ASSERTION, keys=keys, at=NOW, audience=ISSUER
        )

        assert claims["sub"] == "esv_1"


def test_a_thumbprint_is_that_of_rfc_7638_section_3_1() -> None:
    key = read_key(
        {
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7"
            "aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXA"
            "rwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7"
            "d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lF"
            "d2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "PS256",
            "kid": "2011-04-29",
        }
    )

    assert key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
