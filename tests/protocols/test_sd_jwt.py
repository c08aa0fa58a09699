from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from corpid.errors import CorpIDError
from corpid.protocols.es256 import (
    sign_compact,
)
from corpid.protocols.jws import JWTSignatureInvalid
from corpid.protocols.public_jwk import public_jwk
from corpid.protocols.sd_jwt import (
    MAX_DEPTH,
    ClaimNotThere,
    DisclosuresDoNotMatch,
    HolderNotProved,
    NotInForce,
    SDJWTMalformed,
    bind_to_holder,
    issue_sd_jwt,
    open_sd_jwt,
    present_sd_jwt,
    read_sd_jwt,
    require_holder,
    verify_sd_jwt,
)
from corpid.protocols.strict_encoding import decode_base64url, encode_base64url
from tests.protocols.keys import new_key, signer

AT = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
ISSUER, HOLDER = new_key(), new_key()
AUDIENCE, NONCE = "x509_san_dns:bank.example", "n-0S6_WzA2Mj"
CLAIMS: dict[str, Any] = {
    "vct": "https://issuer.example/food-licence",
    "iat": int(AT.timestamp()),
    "exp": int((AT + timedelta(days=365)).timestamp()),
    "licence_number": "2961800123",
    "premises": {"name": "陳記麵家", "address": {"street": "Temple Street", "district": "YTM"}},
    "conditions": ["no open fire", "closes at 23:00"],
    "cnf": {"jwk": public_jwk(HOLDER.public_key())},
}
HIDDEN = [
    ("licence_number",),
    ("premises",),
    ("premises", "address"),
    ("premises", "address", "street"),
    ("conditions", 0),
    ("conditions", 1),
]


def key_of_issuer(_: object) -> ec.EllipticCurvePublicKey:
    return ISSUER.public_key()


def issued(claims: dict[str, Any] = CLAIMS, **options: Any) -> str:
    return issue_sd_jwt(
        **{
            "header": {"typ": "dc+sd-jwt"},
            "claims": claims,
            "disclosable": HIDDEN,
            "sign": signer(ISSUER),
            **options,
        }
    )


def signed(payload: dict[str, Any], *disclosures: str) -> str:
    token = sign_compact({"typ": "dc+sd-jwt"}, payload, signer(ISSUER))
    return "~".join((token, *disclosures, ""))


def disclosure(*parts: Any) -> tuple[str, str]:
    encoded = encode_base64url(orjson.dumps(parts))
    return encoded, read_sd_jwt(f"{signed({})}{encoded}~").disclosures[0].digest


def bound(token: str, **options: Any) -> str:
    return bind_to_holder(
        token,
        **{
            "audience": AUDIENCE,
            "nonce": NONCE,
            "at": AT,
            "sign": signer(HOLDER),
            **options,
        },
    )


def test_a_disclosure_has_the_digest_of_rfc_9901() -> None:
    # Section 4.2.3 (a member) and section 4.2.4.2 (an element).
    member = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    element = "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"

    read = read_sd_jwt(f"{signed({})}{member}~{element}~").disclosures

    assert [(found.name, found.value, found.digest) for found in read] == [
        ("family_name", "Möbius", "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"),
        (None, "FR", "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"),
    ]


def test_all_claims_come_back_when_all_is_disclosed() -> None:
    verified = verify_sd_jwt(issued(), issuer_key=key_of_issuer, at=AT)

    assert verified.claims == CLAIMS
    assert verified.disclosed == frozenset(HIDDEN)


def test_what_is_hidden_stands_nowhere_in_the_signed_part() -> None:
    payload = decode_base64url(issued().split(".")[1])

    for word in (b"2961800123", b"licence_number", b"premises", b"Temple", b"open fire"):
        assert word not in payload


def test_a_subset_shows_its_claims_and_what_they_hang_under_only() -> None:
    shown = present_sd_jwt(
        issued(), reveal=[("premises", "address", "street"), ("conditions", 1)]
    )

    verified = verify_sd_jwt(shown, issuer_key=key_of_issuer, at=AT)

    always = {name: CLAIMS[name] for name in ("vct", "iat", "exp", "cnf")}
    assert verified.claims == {
        **always,
        "premises": {
            "name": "陳記麵家",
            "address": {"street": "Temple Street", "district": "YTM"},
        },
        "conditions": ["closes at 23:00"],
    }


def test_what_is_hidden_below_a_revealed_claim_stays_hidden() -> None:
    shown = present_sd_jwt(issued(), reveal=[("premises",)])

    verified = verify_sd_jwt(shown, issuer_key=key_of_issuer, at=AT)

    assert verified.claims["premises"] == {"name": "陳記麵家"}


def test_revealing_a_claim_that_is_not_there_is_refused() -> None:
    with pytest.raises(ClaimNotThere):
        present_sd_jwt(issued(), reveal=[("conditions", 2)])


@pytest.mark.parametrize("path", [("nothing",), ("conditions", 7), ("vct", "inside")])
def test_hiding_a_claim_that_is_not_there_is_refused(path: tuple[str | int, ...]) -> None:
    with pytest.raises(ClaimNotThere):
        issued(disclosable=[path])


@pytest.mark.parametrize("name", ["_sd", "..."])
def test_a_claim_with_a_reserved_name_is_not_issued(name: str) -> None:
    with pytest.raises(SDJWTMalformed):
        issued({"nested": [{name: "x"}]}, disclosable=[])


def test_decoys_are_not_told_from_digests() -> None:
    payload = orjson.loads(decode_base64url(issued(decoys=5).split(".")[1]))

    digests = payload["_sd"]
    assert len(digests) == 2 + 5
    assert digests == sorted(digests)
    assert {len(digest) for digest in digests} == {43}


def test_the_same_claims_never_give_the_same_digests() -> None:
    first, second = (read_sd_jwt(issued()).disclosures for _ in range(2))

    assert not {found.digest for found in first} & {found.digest for found in second}
    assert all(
        len(decode_base64url(orjson.loads(decode_base64url(f.encoded))[0])) == 16 for f in first
    )


def test_another_issuers_signature_is_refused() -> None:
    with pytest.raises(JWTSignatureInvalid):
        verify_sd_jwt(issued(sign=signer(new_key())), issuer_key=key_of_issuer, at=AT)


def test_a_tampered_disclosure_is_refused() -> None:
    token = issued()
    original = read_sd_jwt(token).disclosures[0]
    salt, name, _ = orjson.loads(decode_base64url(original.encoded))
    forged = encode_base64url(orjson.dumps([salt, name, "9999999999"]))

    with pytest.raises(DisclosuresDoNotMatch):
        verify_sd_jwt(token.replace(original.encoded, forged), issuer_key=key_of_issuer, at=AT)


def test_a_disclosure_sent_twice_is_refused() -> None:
    token = issued()
    first = read_sd_jwt(token).disclosures[0].encoded

    with pytest.raises(DisclosuresDoNotMatch):
        verify_sd_jwt(f"{token}{first}~", issuer_key=key_of_issuer, at=AT)


def _digest_twice() -> str:
    encoded, digest = disclosure("salt", "a", 1)
    return signed({"x": {"_sd": [digest]}, "y": {"_sd": [digest]}}, encoded)


def _unknown_digest_twice() -> str:
    _, digest = disclosure("salt", "a", 1)
    return signed({"_sd": [digest, digest]})


def _claim_there_already() -> str:
    encoded, digest = disclosure("salt", "a", 1)
    return signed({"a": 0, "_sd": [digest]}, encoded)


def _two_disclosures_of_one_claim() -> str:
    one, first = disclosure("salt", "a", 1)
    two, second = disclosure("salt", "a", 2)
    return signed({"_sd": [first, second]}, one, two)


def _element_as_member() -> str:
    encoded, digest = disclosure("salt", 1)
    return signed({"_sd": [digest]}, encoded)


def _member_as_element() -> str:
    encoded, digest = disclosure("salt", "a", 1)
    return signed({"list": [{"...": digest}]}, encoded)


def _not_referred_to() -> str:
    encoded, _ = disclosure("salt", "a", 1)
    return signed({"_sd": []}, encoded)


@pytest.mark.parametrize(
    "forge",
    [
        _digest_twice,
        _unknown_digest_twice,
        _claim_there_already,
        _two_disclosures_of_one_claim,
        _element_as_member,
        _member_as_element,
        _not_referred_to,
    ],
)
def test_disclosures_that_do_not_fit_are_refused(forge: Callable[[], str]) -> None:
    with pytest.raises(DisclosuresDoNotMatch):
        open_sd_jwt(read_sd_jwt(forge()))


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "forge",
    [
        lambda: signed({"_sd_alg": "md5"}),
        lambda: signed({"_sd_alg": ["sha-256"]}),
        lambda: signed({"_sd": "digest"}),
        lambda: signed({"_sd": [1]}),
        lambda: signed({"...": "x"}),
        lambda: signed({"list": [{"...": "x", "more": 1}]}),
        lambda: signed({}, encode_base64url(b'["salt", "_sd", 1]')),
        lambda: signed({}, encode_base64url(b'["salt", "...", 1]')),
        lambda: signed({}, encode_base64url(b'["salt", 7, 1]')),
        lambda: signed({}, encode_base64url(b'[7, "a", 1]')),
        lambda: signed({}, encode_base64url(b'["salt"]')),
        lambda: signed({}, encode_base64url(b'["salt", "a", 1, 2]')),
        lambda: signed({}, encode_base64url(b'{"a": 1}')),
        lambda: signed({}, encode_base64url(b"[")),
        lambda: signed({}, ""),
        lambda: signed({}, "not base64!"),
        lambda: signed({}).rstrip("~"),
        lambda: "",
        lambda: "~",
        lambda: "a.b~",
        lambda: "é~",
        lambda: signed({"a": "x" * 300_000}),
        lambda: signed({}) + "WyJhIiwxXQ~" * 1025,
        lambda: signed(_nested(MAX_DEPTH + 2)),
    ],
)
def test_what_is_no_sd_jwt_is_malformed(forge: Callable[[], str]) -> None:
    with pytest.raises(CorpIDError) as failure:
        open_sd_jwt(read_sd_jwt(forge()))

    assert failure.value.code in {"sd_jwt_malformed", "jwt_malformed"}


@pytest.mark.parametrize(
    ("offset", "is_in_force"),
    [
        (timedelta(seconds=-60), True),
        (timedelta(seconds=-61), False),
        (timedelta(days=365, seconds=59), True),
        (timedelta(days=365, seconds=60), False),
    ],
)
def test_a_credential_counts_within_its_dates_only(
    offset: timedelta, *, is_in_force: bool
) -> None:
    token = issued()

    if is_in_force:
        verify_sd_jwt(token, issuer_key=key_of_issuer, at=AT + offset)
    else:
        with pytest.raises(NotInForce):
            verify_sd_jwt(token, issuer_key=key_of_issuer, at=AT + offset)


def test_a_holder_proves_a_presentation() -> None:
    presentation = bound(present_sd_jwt(issued(), reveal=[("licence_number",)]))
    verified = verify_sd_jwt(presentation, issuer_key=key_of_issuer, at=AT)

    binding = require_holder(verified, audience=AUDIENCE, nonce=NONCE, at=AT)

    assert binding["iat"] == int(AT.timestamp())


def _one_disclosure_less(presentation: str) -> str:
    first, dropped, *rest = presentation.split("~")
    return "~".join((first, *rest)) if dropped else presentation


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (lambda token: token, "no key binding"),
        (lambda token: bound(token, audience="x509_san_dns:other.example"), "aud"),
        (lambda token: bound(token, nonce="another"), "nonce"),
        (lambda token: bound(token, sign=signer(new_key())), "signature"),
        (lambda token: bound(token, at=AT - timedelta(minutes=6)), "iat"),
        (lambda token: bound(token, at=AT + timedelta(minutes=2)), "iat"),
        (lambda token: _one_disclosure_less(bound(token)), "sd_hash"),
        (
            lambda token: (
                token + sign_compact({"typ": "jwt"}, {"nonce": NONCE}, signer(HOLDER))
            ),
            "typ",
        ),
        (
            lambda token: (
                token + sign_compact({"typ": "kb+jwt"}, {"nonce": NONCE}, signer(HOLDER))
            ),
            "iat",
        ),
        (lambda token: token + "a.b.c", "malformed"),
    ],
)
def test_a_presentation_that_its_holder_did_not_make_for_us_now_is_refused(
    forge: Callable[[str], str], reason: str
) -> None:
    presentation = forge(issued())
    verified = verify_sd_jwt(presentation, issuer_key=key_of_issuer, at=AT)

    with pytest.raises(HolderNotProved, match=f"^{reason}"):
        require_holder(verified, audience=AUDIENCE, nonce=NONCE, at=AT)


def test_a_credential_without_holder_key_proves_nobody() -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "cnf"}
    verified = verify_sd_jwt(bound(issued(claims)), issuer_key=key_of_issuer, at=AT)

    with pytest.raises(HolderNotProved):
        require_holder(verified, audience=AUDIENCE, nonce=NONCE, at=AT)
