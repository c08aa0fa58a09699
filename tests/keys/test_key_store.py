import json
import pickle
import threading
import traceback
from collections.abc import Callable
from copy import copy, deepcopy
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import IntegrityError, connection, transaction
from django.views.debug import ExceptionReporter
from joserfc import jwk, jwt
from pytest_django import Settings

from corpid.keys import software
from corpid.keys.bounded import forget_everything
from corpid.keys.envelope import SealBroken, Secret
from corpid.keys.handles import PrivateKeyStaysInItsStore, signing_handle
from corpid.keys.jws import sign_jwt
from corpid.keys.key_pair import KeyNotUsable
from corpid.keys.models import Algorithm, Purpose, ScopeKey, SigningKey
from corpid.keys.services.activate_key import KeyIsNotNext, activate_key
from corpid.keys.services.active_key import NoActiveKey, active_key
from corpid.keys.services.create_key import create_key
from corpid.keys.services.ensure_key import ensure_key
from corpid.keys.services.open_record import open_record
from corpid.keys.services.publish_jwks import publish_jwks
from corpid.keys.services.retire_key import KeyIsRetired, retire_key
from corpid.keys.services.seal_record import SealedRecord, seal_record
from corpid.keys.store import key_store

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DIGEST = sha256(b"to be signed").digest()


def test_an_ec_key_signs_a_digest_in_der() -> None:
    key = create_key(purpose=Purpose.SEAL, algorithm=Algorithm.ES256, at=NOW, scope_id="c1")

    signature = key_store().sign(key.id, DIGEST)

    public = key.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))


def test_an_rsa_key_signs_a_digest_with_pkcs1() -> None:
    key = create_key(purpose=Purpose.CA_ROOT, algorithm=Algorithm.RS256, at=NOW)

    signature = key_store().sign(key.id, DIGEST)

    public = key.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == 3072
    public.verify(signature, DIGEST, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


def test_an_ed25519_key_signs_the_message_itself() -> None:
    key = create_key(purpose=Purpose.AUDIT, algorithm=Algorithm.ED25519, at=NOW)

    signature = key_store().sign(key.id, b"a note\n")

    public = key.public_key()
    assert isinstance(public, ed25519.Ed25519PublicKey)
    public.verify(signature, b"a note\n")


def test_a_retired_key_signs_nothing_more() -> None:
    key = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    retire_key(key=key, at=NOW)

    with pytest.raises(KeyNotUsable):
        key_store().sign(key.id, DIGEST)


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(KeyNotUsable):
        key_store().sign(uuid4(), DIGEST)


def test_the_first_key_of_a_scope_is_active_and_the_second_waits() -> None:
    first = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    second = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    elsewhere = create_key(purpose=Purpose.TSA, algorithm=Algorithm.ES256, at=NOW)

    assert (first.state, second.state, elsewhere.state) == ("active", "next", "active")
    assert active_key(Purpose.OP).id == first.id


def test_a_purpose_without_a_key_says_so() -> None:
    with pytest.raises(NoActiveKey):
        active_key(Purpose.OP)


def test_the_database_refuses_two_active_keys_of_one_scope() -> None:
    create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    second = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)

    with pytest.raises(IntegrityError, match="one_active_key_per_purpose_and_scope"):
        SigningKey.objects.filter(id=second.id).update(state="active", activated_at=NOW)


def test_ensuring_a_key_twice_makes_one() -> None:
    def ensure() -> SigningKey:
        return ensure_key(
            purpose=Purpose.PERSON, algorithm=Algorithm.ES256, at=NOW, scope_id="p1"
        )

    assert ensure().id == ensure().id
    assert SigningKey.objects.count() == 1


def test_activating_the_next_key_retires_the_present_one() -> None:
    first = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    second = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)

    activate_key(key=second, at=NOW + timedelta(hours=1))

    forget_everything()
    assert active_key(Purpose.OP).id == second.id
    first.refresh_from_db()
    assert first.state == "retired"
    with pytest.raises(KeyIsNotNext):
        activate_key(key=second, at=NOW)
    with pytest.raises(KeyIsRetired):
        retire_key(key=first, at=NOW)


def test_a_retired_key_is_published_until_what_it_signed_has_expired() -> None:
    first = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    second = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    activate_key(key=second, at=NOW)
    # A process may still remember it as active for seconds, and sign for a day from then.
    expired = NOW + timedelta(seconds=10) + timedelta(days=1)

    before = publish_jwks([Purpose.OP], at=expired - timedelta(seconds=1))
    after = publish_jwks([Purpose.OP], at=expired)

    assert [key["kid"] for key in before["keys"]] == [first.kid, second.kid]
    assert [key["kid"] for key in after["keys"]] == [second.kid]
    assert {"kty", "crv", "x", "y", "kid", "use", "alg"} == set(after["keys"][0])


def test_an_audit_key_stays_published_for_ever() -> None:
    key = create_key(purpose=Purpose.AUDIT, algorithm=Algorithm.ED25519, at=NOW)
    retire_key(key=key, at=NOW)

    published = publish_jwks([Purpose.AUDIT], at=NOW + timedelta(days=36500))

    assert [found["kid"] for found in published["keys"]] == [key.kid]


def test_another_library_accepts_our_jwt_by_our_jwks() -> None:
    create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    exp = int((NOW + timedelta(minutes=5)).timestamp())

    token = sign_jwt(purpose=Purpose.OP, header={"typ": "at+jwt"}, claims={"exp": exp}, at=NOW)

    published = publish_jwks([Purpose.OP], at=NOW)
    keys = jwk.KeySet.import_key_set(json.loads(json.dumps(published)))
    read = jwt.decode(token, keys, algorithms=["ES256"])
    assert read.claims == {"exp": exp}
    assert read.header == {
        "alg": "ES256",
        "kid": published["keys"][0]["kid"],
        "typ": "at+jwt",
    }


def test_a_jwt_may_not_outlive_the_publication_of_its_key() -> None:
    create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    limit = NOW + timedelta(days=1)
    claims = {"exp": int(limit.timestamp())}

    sign_jwt(purpose=Purpose.OP, header={}, claims=claims, at=NOW)
    with pytest.raises(ValueError, match="exp"):
        sign_jwt(purpose=Purpose.OP, header={}, claims={"exp": claims["exp"] + 1}, at=NOW)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_handle_signs_certificates_without_the_private_key(algorithm: Algorithm) -> None:
    key = create_key(purpose=Purpose.CA_ROOT, algorithm=algorithm, at=NOW)
    handle = signing_handle(key.id)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Root")])
    algorithm_used = None if algorithm == Algorithm.ED25519 else hashes.SHA256()

    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(handle.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(handle, algorithm_used)
    )

    certificate.verify_directly_issued_by(certificate)
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=1))
        .sign(handle, algorithm_used)
    )
    assert crl.is_signature_valid(key.public_key())


@pytest.mark.parametrize(
    "ask",
    [
        lambda handle: handle.private_numbers(),
        lambda handle: handle.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        lambda handle: handle.exchange(ec.ECDH(), None),
    ],
)
def test_a_handle_never_gives_the_private_key(ask: Callable[[object], object]) -> None:
    key = create_key(purpose=Purpose.CA_ROOT, algorithm=Algorithm.ES256, at=NOW)

    with pytest.raises(PrivateKeyStaysInItsStore):
        ask(signing_handle(key.id))


def test_what_is_wrapped_opens_only_under_its_three_names() -> None:
    store = key_store()
    wrapped = store.wrap("credentials", "c1", b"a data key", record="r1")

    assert store.unwrap("credentials", "c1", wrapped, record="r1") == b"a data key"
    for purpose, scope, record in [
        ("prefill", "c1", "r1"),
        ("credentials", "c2", "r1"),
        ("credentials", "c1", "r2"),
    ]:
        with pytest.raises(SealBroken):
            store.unwrap(purpose, scope, wrapped, record=record)


@pytest.mark.parametrize("position", [0, 16, 17, 30, -1])
def test_a_changed_byte_anywhere_breaks_the_seal(position: int) -> None:
    wrapped = bytearray(key_store().wrap("credentials", "c1", b"a data key"))
    wrapped[position] ^= 1

    with pytest.raises(SealBroken):
        key_store().unwrap("credentials", "c1", bytes(wrapped))


def test_an_empty_or_short_wrapping_is_refused() -> None:
    for wrapped in (b"", b"\x01", bytes(40)):
        with pytest.raises(SealBroken):
            key_store().unwrap("credentials", "c1", wrapped)


def test_a_record_opens_while_its_data_key_is_kept_and_never_after() -> None:
    sealed = seal_record(
        purpose="prefill", scope_id="c1", record="r1", plaintext="茶餐廳".encode()
    )

    opened = open_record(purpose="prefill", scope_id="c1", record="r1", sealed=sealed)

    assert opened.decode() == "茶餐廳"
    destroyed = SealedRecord(wrapped_data_key=b"", body=sealed.body)
    with pytest.raises(SealBroken):
        open_record(purpose="prefill", scope_id="c1", record="r1", sealed=destroyed)


def test_a_body_moved_to_another_record_does_not_open() -> None:
    one = seal_record(purpose="prefill", scope_id="c1", record="r1", plaintext=b"1")
    other = seal_record(purpose="prefill", scope_id="c1", record="r2", plaintext=b"2")
    mixed = SealedRecord(wrapped_data_key=one.wrapped_data_key, body=other.body)

    with pytest.raises(SealBroken):
        open_record(purpose="prefill", scope_id="c1", record="r1", sealed=mixed)


def test_a_scope_key_from_a_rolled_back_transaction_wraps_nothing_later() -> None:
    with transaction.atomic():
        key_store().wrap("credentials", "c9", b"never kept")
        transaction.set_rollback(True)

    wrapped = key_store().wrap("credentials", "c9", b"kept")

    forget_everything()
    assert key_store().unwrap("credentials", "c9", wrapped) == b"kept"


def test_a_new_key_encryption_key_still_opens_what_the_last_one_wrapped(
    settings: Settings,
) -> None:
    wrapped = key_store().wrap("credentials", "c1", b"old")
    old = settings.KEY_ENCRYPTION_KEY
    settings.KEY_ENCRYPTION_KEY = "A" * 43

    key_store().forget()
    with pytest.raises(SealBroken, match="not given here"):
        key_store().unwrap("credentials", "c1", wrapped)
    settings.PREVIOUS_KEY_ENCRYPTION_KEYS = [old]
    key_store().forget()
    assert key_store().unwrap("credentials", "c1", wrapped) == b"old"
    key_store().wrap("credentials", "c2", b"new")
    assert (
        ScopeKey.objects.get(scope_id="c2").wrapped_by
        != ScopeKey.objects.get(scope_id="c1").wrapped_by
    )
    settings.KEY_ENCRYPTION_KEY, settings.PREVIOUS_KEY_ENCRYPTION_KEYS = old, []
    key_store().forget()


@pytest.mark.django_db(transaction=True)
def test_ten_threads_that_need_the_first_key_get_the_same_one() -> None:
    found: list[str] = []

    def ensure() -> None:
        try:
            key = ensure_key(purpose=Purpose.TSA, algorithm=Algorithm.ES256, at=NOW)
            found.append(key.kid)
        finally:
            connection.close()

    threads = [threading.Thread(target=ensure) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 10
    assert len(set(found)) == 1
    assert SigningKey.objects.count() == 1


class TestCanary:
    """A private key made to be found is looked for wherever one could slip out."""

    def _canaries(self, key: SigningKey) -> list[str]:
        store = software.SoftwareKeyStore()
        private = store._load(key.id)  # noqa: SLF001  made leakable, to look for it
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        number = private.private_numbers().private_value
        return [der.hex(), repr(der), str(number), f"{number:x}", number.to_bytes(32).hex()]

    def test_nothing_private_in_reprs_rows_pickles_or_copies(self) -> None:
        key = create_key(purpose=Purpose.SEAL, algorithm=Algorithm.ES256, at=NOW, scope_id="c")
        key_store().sign(key.id, DIGEST)
        handle = signing_handle(key.id)
        row = SigningKey.objects.filter(id=key.id).values().get()

        shown = "".join(
            [
                repr(key),
                str(key),
                repr(handle),
                repr(vars(handle)),
                repr(copy(handle)),
                repr(deepcopy(handle)),
                repr(pickle.dumps(key)),
                pickle.dumps(key).hex(),
                repr({name: bytes(v).hex() if isinstance(v, memoryview) else v
                      for name, v in row.items()}),
                repr(key_store()),
                repr(vars(key_store())),
            ]
        )  # fmt: skip

        for canary in self._canaries(key):
            assert canary not in shown

    def test_a_secret_is_neither_shown_nor_pickled(self) -> None:
        secret = Secret(b"canary-canary-canary-canary-cana")

        assert repr(secret) == str(secret) == "Secret(…)"
        for escape in (pickle.dumps, copy, deepcopy):
            with pytest.raises(TypeError):
                escape(secret)

    def test_a_traceback_with_locals_shows_no_plaintext(self) -> None:
        plaintext = b"canary-canary-canary-canary-cana"

        try:
            key_store().wrap("credentials", "c" * 101, plaintext)  # longer than its column
        except Exception as error:  # noqa: BLE001  whatever is raised is looked at
            reporter = ExceptionReporter(None, type(error), error, error.__traceback__)
            shown = reporter.get_traceback_text() + "".join(traceback.format_exception(error))
            frames = [frame for frame in reporter.get_traceback_frames()
                      if "corpid/keys" in frame["filename"]]  # fmt: skip
        else:
            pytest.fail("the name was too long and nobody noticed")

        assert frames
        assert "canary" not in shown
        assert "canary" not in repr([frame["vars"] for frame in frames])

    def test_a_wrong_digest_length_is_refused_not_signed(self) -> None:
        key = create_key(purpose=Purpose.SEAL, algorithm=Algorithm.ES256, at=NOW)

        with pytest.raises(KeyError):
            key_store().sign(key.id, b"short")

    def test_a_signature_does_not_verify_for_another_digest(self) -> None:
        key = create_key(purpose=Purpose.SEAL, algorithm=Algorithm.ES256, at=NOW)
        public = key.public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)

        signature = key_store().sign(key.id, DIGEST)

        with pytest.raises(InvalidSignature):
            public.verify(
                signature, sha256(b"other").digest(), ec.ECDSA(Prehashed(hashes.SHA256()))
            )
