import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from corpid.protocols.es256 import sign_compact
from corpid.protocols.status_list import (
    Status,
    StatusListNotValid,
    StatusReference,
    compress_list,
    empty_list,
    fill_list,
    inflate_list,
    put_status,
    reference_of,
    sign_status_list,
    status_at,
    verify_status_list,
)
from corpid.protocols.strict_encoding import encode_base64url
from tests.protocols.keys import new_key, signer

AT = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
URI = "https://corpid.example/status-lists/1"
ISSUER = new_key()


def key_of_issuer(_: object) -> ec.EllipticCurvePublicKey:
    return ISSUER.public_key()


def token(**options: Any) -> str:
    return sign_status_list(
        **{
            "uri": URI,
            "content": bytes([0b0000_1000]),
            "bits": 2,
            "at": AT,
            "ttl": timedelta(minutes=5),
            "expires_at": AT + timedelta(hours=24),
            "header": {"kid": "12"},
            "sign": signer(ISSUER),
            **options,
        }
    )


def test_one_bit_statuses_are_the_example_of_the_draft() -> None:
    # Section 4.1: sixteen statuses of one bit.
    statuses = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]

    content = fill_list(16, enumerate(statuses), bits=1)

    assert content == bytes([0xB9, 0xA3])
    assert compress_list(content) == "eNrbuRgAAhcBXQ"
    assert [status_at(content, index, bits=1) for index in range(16)] == statuses


def test_two_bit_statuses_are_the_example_of_the_draft() -> None:
    # Section 4.1: twelve statuses of two bits.
    statuses = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]

    content = fill_list(12, enumerate(statuses))

    assert content == bytes([0xC9, 0x44, 0xF9])
    assert compress_list(content) == "eNo76fITAAPfAgc"
    assert [status_at(content, index) for index in range(12)] == statuses


def test_a_status_can_be_put_and_taken_back() -> None:
    content = empty_list(8)

    put_status(content, 5, Status.SUSPENDED)
    put_status(content, 5, Status.INVALID)
    put_status(content, 5, Status.VALID)

    assert content == bytes(2)


@pytest.mark.parametrize(("index", "status"), [(-1, 1), (4, 1), (0, 4), (0, -1)])
def test_nothing_is_put_outside_the_list(index: int, status: int) -> None:
    with pytest.raises(ValueError, match="no such"):
        put_status(empty_list(4), index, status)


@pytest.mark.parametrize(("size", "bits"), [(3, 2), (0, 2), (8, 3), (-8, 1)])
def test_a_list_has_whole_bytes(size: int, bits: int) -> None:
    with pytest.raises(ValueError, match="whole bytes"):
        empty_list(size, bits=bits)


def test_a_verified_list_answers_for_each_index() -> None:
    verified = verify_status_list(token(), uri=URI, issuer_key=key_of_issuer, at=AT)

    assert [verified.status(index) for index in range(4)] == [
        Status.VALID,
        Status.SUSPENDED,
        Status.VALID,
        Status.VALID,
    ]
    assert verified.ttl == 300


@pytest.mark.parametrize("index", [-1, 4])
def test_an_index_outside_the_list_is_refused(index: int) -> None:
    verified = verify_status_list(token(), uri=URI, issuer_key=key_of_issuer, at=AT)

    with pytest.raises(StatusListNotValid):
        verified.status(index)


def _claims(**changes: Any) -> str:
    claims: dict[str, Any] = {
        "sub": URI,
        "iat": int(AT.timestamp()),
        "exp": int(AT.timestamp()) + 300,
        "status_list": {"bits": 2, "lst": compress_list(b"\x00")},
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return sign_compact({"typ": "statuslist+jwt"}, kept, signer(ISSUER))


@pytest.mark.parametrize(
    "forge",
    [
        lambda: token(uri="https://corpid.example/status-lists/2"),
        lambda: token(sign=signer(new_key())),
        lambda: token(at=AT + timedelta(minutes=2)),
        lambda: token(expires_at=AT - timedelta(minutes=2)),
        lambda: token(header={"typ": "jwt"}),
        lambda: _claims(sub=None),
        lambda: _claims(sub=7),
        lambda: _claims(iat=None),
        lambda: _claims(iat="now"),
        lambda: _claims(exp=True),
        lambda: _claims(exp=None, ttl=10, iat=int(AT.timestamp()) - 100),
        lambda: _claims(status_list=None),
        lambda: _claims(status_list={"bits": 3, "lst": "eNrbuRgAAhcBXQ"}),
        lambda: _claims(status_list={"bits": 2, "lst": 7}),
        lambda: _claims(status_list={"bits": 2, "lst": "AAAA"}),
        lambda: _claims(status_list={"bits": 2, "lst": "not base64!"}),
        lambda: "a.b.c",
        lambda: "",
    ],
)
def test_a_list_that_is_wrong_in_any_way_says_nothing(forge: Callable[[], str]) -> None:
    with pytest.raises(StatusListNotValid):
        verify_status_list(forge(), uri=URI, issuer_key=key_of_issuer, at=AT)


def test_a_list_within_its_bound_inflates() -> None:
    assert inflate_list(compress_list(bytes(1000)), max_bytes=1000) == bytes(1000)


@pytest.mark.parametrize(
    "encoded",
    [
        compress_list(bytes(1001)),
        encode_base64url(zlib.compress(bytes(1000))[:-1]),
        encode_base64url(zlib.compress(bytes(1000)) + b"more"),
    ],
)
def test_a_bomb_or_a_broken_list_is_refused(encoded: str) -> None:
    with pytest.raises(StatusListNotValid):
        inflate_list(encoded, max_bytes=1000)


def test_a_reference_is_read_from_the_claims() -> None:
    claims = {"status": {"status_list": {"idx": 7, "uri": URI}}}

    assert reference_of(claims) == StatusReference(URI, 7)
    assert reference_of({}) is None


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"status_list": {}},
        {"status_list": {"idx": -1, "uri": URI}},
        {"status_list": {"idx": True, "uri": URI}},
        {"status_list": {"idx": "7", "uri": URI}},
        "valid",
    ],
)
def test_a_status_that_cannot_be_read_is_refused(status: object) -> None:
    with pytest.raises(StatusListNotValid):
        reference_of({"status": status})
