"""What every store of keys does, whoever keeps the keys: the same tests for each."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha384, sha512
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from joserfc import jwk, jwt

from corpid.keys.envelope import SealBroken
from corpid.keys.handles import signing_handle
from corpid.keys.jws import sign_jwt
from corpid.keys.key_pair import KeyNotUsable
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.services.create_key import create_key
from corpid.keys.services.open_record import open_record
from corpid.keys.services.publish_jwks import publish_jwks
from corpid.keys.services.retire_key import retire_key
from corpid.keys.services.seal_record import seal_record
from corpid.keys.store import KeyStore, key_store
from tests.soft_token import keys_in_token

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MESSAGE = b"to be signed"


@pytest.fixture(params=["software", pytest.param("token", marks=pytest.mark.needs("softhsm"))])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyStore]:
    if request.param == "software":
        yield key_store()
        return
    with keys_in_token(tmp_path / "token"):
        yield key_store()


def make(algorithm: Algorithm, purpose: Purpose = Purpose.SEAL) -> SigningKey:
    return create_key(purpose=purpose, algorithm=algorithm, at=NOW, scope_id=str(uuid4()))


def verify(key: SigningKey, signature: bytes, message: bytes, hashed_by: Any) -> None:
    public = key.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(signature, message)
    elif isinstance(public, rsa.RSAPublicKey):
        assert public.key_size == 3072
        public.verify(signature, message, padding.PKCS1v15(), hashed_by)
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        public.verify(signature, message, ec.ECDSA(hashed_by))


@pytest.mark.parametrize(
    ("hash_of", "hashed_by"),
    [(sha256, hashes.SHA256()), (sha384, hashes.SHA384()), (sha512, hashes.SHA512())],
    ids=["SHA-256", "SHA-384", "SHA-512"],
)
@pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.RS256])
def test_a_digest_is_signed_as_anybody_verifies_it(
    store: KeyStore, algorithm: Algorithm, hash_of: Any, hashed_by: Any
) -> None:
    key = make(algorithm)

    signature = store.sign(key.id, hash_of(MESSAGE).digest())

    verify(key, signature, MESSAGE, hashed_by)
    with pytest.raises(InvalidSignature):
        verify(key, signature, b"another", hashed_by)


def test_an_ed25519_key_signs_the_message_itself(store: KeyStore) -> None:
    key = make(Algorithm.ED25519, Purpose.AUDIT)

    signature = store.sign(key.id, b"a note\n")

    verify(key, signature, b"a note\n", None)


@pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.RS256])
@pytest.mark.parametrize("length", [0, 5, 31, 33])
def test_what_is_no_digest_is_not_signed(
    store: KeyStore, algorithm: Algorithm, length: int
) -> None:
    key = make(algorithm)

    with pytest.raises(KeyError):
        store.sign(key.id, bytes(length))


def test_two_keys_are_two(store: KeyStore) -> None:
    one, other = make(Algorithm.ES256), make(Algorithm.ES256)

    signature = store.sign(one.id, sha256(MESSAGE).digest())

    assert one.kid != other.kid
    with pytest.raises(InvalidSignature):
        verify(other, signature, MESSAGE, hashes.SHA256())


def test_the_public_half_is_that_of_the_row(store: KeyStore) -> None:
    key = make(Algorithm.ES256)

    assert store.public_key(key.id) == key.public_key()


def test_an_unknown_key_and_a_retired_key_are_refused(store: KeyStore) -> None:
    retired = make(Algorithm.ES256)
    retire_key(key=retired, at=NOW)

    for key_id in (uuid4(), retired.id):
        with pytest.raises(KeyNotUsable):
            store.sign(key_id, sha256(MESSAGE).digest())
    with pytest.raises(KeyNotUsable):
        store.public_key(uuid4())


def test_a_key_retired_elsewhere_signs_no_more_once_its_memory_is_gone(
    store: KeyStore,
) -> None:
    key = make(Algorithm.ES256)
    store.sign(key.id, sha256(MESSAGE).digest())
    SigningKey.objects.filter(id=key.id).update(state="retired", retired_at=NOW)
    store.forget()

    with pytest.raises(KeyNotUsable):
        store.sign(key.id, sha256(MESSAGE).digest())


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_its_handle_signs_certificates(store: KeyStore, algorithm: Algorithm) -> None:
    handle = signing_handle(make(algorithm, Purpose.CA_ROOT).id)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Root")])

    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(handle.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(handle, None if algorithm == Algorithm.ED25519 else hashes.SHA256())
    )

    certificate.verify_directly_issued_by(certificate)


def test_another_library_reads_its_jwt(store: KeyStore) -> None:
    create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    exp = int((NOW + timedelta(minutes=5)).timestamp())

    token = sign_jwt(purpose=Purpose.OP, header={"typ": "at+jwt"}, claims={"exp": exp}, at=NOW)

    keys = jwk.KeySet.import_key_set(json.loads(json.dumps(publish_jwks([Purpose.OP], at=NOW))))
    assert jwt.decode(token, keys, algorithms=["ES256"]).claims == {"exp": exp}


def test_what_is_wrapped_opens_only_under_its_names(store: KeyStore) -> None:
    wrapped = store.wrap("credentials", "c1", b"a data key", record="r1")

    assert store.unwrap("credentials", "c1", wrapped, record="r1") == b"a data key"
    for purpose, scope, record in [
        ("prefill", "c1", "r1"),
        ("credentials", "c2", "r1"),
        ("credentials", "c1", "r2"),
    ]:
        with pytest.raises(SealBroken):
            store.unwrap(purpose, scope, wrapped, record=record)


def test_a_record_opens_again(store: KeyStore) -> None:
    sealed = seal_record(purpose="p", scope_id="c", record="r", plaintext="茶餐廳".encode())

    opened = open_record(purpose="p", scope_id="c", record="r", sealed=sealed)

    assert opened.decode() == "茶餐廳"


def test_it_is_well(store: KeyStore) -> None:
    store.check()
