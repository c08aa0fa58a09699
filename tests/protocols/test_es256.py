import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from corpid.protocols.es256 import (
    key_of_jwk,
    read_compact,
    require_signature,
    sign_compact,
)
from corpid.protocols.jws import (
    JWTAlgorithmNotTaken,
    JWTMalformed,
    JWTSignatureInvalid,
)
from corpid.protocols.public_jwk import public_jwk
from corpid.protocols.strict_encoding import NotCanonical, decode_base64url, encode_base64url
from tests.protocols.keys import new_key, signer

# RFC 7515, appendix A.3
TOKEN = (
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}


def test_the_example_of_rfc_7515_verifies() -> None:
    jws = read_compact(TOKEN)

    require_signature(jws, key_of_jwk(KEY))

    assert jws.payload == {
        "iss": "joe",
        "exp": 1300819380,
        "http://example.com/is_root": True,
    }


def test_what_was_signed_verifies_with_its_own_key_only() -> None:
    ours, other = new_key(), new_key()
    token = sign_compact({"typ": "x"}, {"a": 1}, signer(ours))

    require_signature(read_compact(token), ours.public_key())
    with pytest.raises(JWTSignatureInvalid):
        require_signature(read_compact(token), other.public_key())


def test_a_key_of_another_curve_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP384R1())

    with pytest.raises(JWTAlgorithmNotTaken):
        require_signature(read_compact(TOKEN), key.public_key())


@pytest.mark.parametrize(
    "payload",
    [
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":1e2,"a":100.0}',
        b'{"a":"\\u0000"}',
        b"[]",
    ],
)
def test_a_payload_that_could_be_read_in_two_ways_is_refused(payload: bytes) -> None:
    header, _, signature = TOKEN.split(".")

    with pytest.raises(JWTMalformed):
        read_compact(f"{header}.{encode_base64url(payload)}.{signature}")


def test_a_payload_may_be_written_with_spaces_and_escapes() -> None:
    header, _, signature = TOKEN.split(".")
    payload = b'{ "a": 1e2, "b": "\\u00e9" }'

    jws = read_compact(f"{header}.{encode_base64url(payload)}.{signature}")

    assert jws.payload == {"a": 100.0, "b": "é"}


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"ES256","alg":"ES256"}',
        b'{"alg":"ES256","crit":["b64"],"b64":false}',
        b'{"alg":"ES256","jku":"https://keys.example"}',
        b'{"alg":"ES256","x5u":"https://keys.example"}',
        b'{"alg":"ES256","kid":1}',
        b'["ES256"]',
        b'{"alg":"ES256","x":NaN}',
        b"{",
        b"[" * 100_000,
    ],
)
def test_a_header_that_could_be_read_in_two_ways_is_refused(header: bytes) -> None:
    _, payload, signature = TOKEN.split(".")

    with pytest.raises(JWTMalformed):
        read_compact(f"{encode_base64url(header)}.{payload}.{signature}")


@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "PS256", "es256", ""])
def test_another_algorithm_is_refused(alg: str) -> None:
    _, payload, signature = TOKEN.split(".")
    header = encode_base64url(b'{"alg":"%s"}' % alg.encode())

    with pytest.raises(JWTAlgorithmNotTaken):
        read_compact(f"{header}.{payload}.{signature}")


def test_a_token_longer_than_its_reader_takes_is_refused() -> None:
    read_compact(TOKEN, max_bytes=len(TOKEN))

    with pytest.raises(JWTMalformed):
        read_compact(TOKEN, max_bytes=len(TOKEN) - 1)


@pytest.mark.parametrize("text", ["YQ==", "YQ=", "Y", "YR", "Y Q", "YQ\n", "+/8", "é"])
def test_base64url_is_read_strictly(text: str) -> None:
    with pytest.raises(NotCanonical):
        decode_base64url(text)


@pytest.mark.parametrize("content", [b"", b"\xfb\xff", b"a", b"\x00" * 33])
def test_base64url_goes_there_and_back(content: bytes) -> None:
    assert decode_base64url(encode_base64url(content)) == content


@pytest.mark.parametrize(
    "change",
    [{"d": "AQ"}, {"crv": "P-384"}, {"kty": "RSA"}, {"x": None}, {"y": KEY["x"]}, {"x": "AA"}],
)
def test_a_jwk_that_is_no_public_point_of_p256_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(JWTMalformed):
        key_of_jwk({**KEY, **change})


def test_a_key_goes_to_jwk_and_back() -> None:
    assert public_jwk(key_of_jwk(KEY)) == KEY
