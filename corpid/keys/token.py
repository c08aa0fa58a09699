"""A PKCS #11 token: this process's one session with it, opened at first use and after a loss.

Every call to the module goes through one lock: modules need not bear threads, and an operation
begun in a session belongs to one caller until it ends. A forked child forgets the session and
initialises the module anew (PKCS #11 v3.1, section 5.4: a child's calls otherwise fail). When
the token goes away, callers get `TokenAway` at once and the next call after a second asks for
it again, so that it comes back by itself.
"""

import os
import time
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import TypeVar, cast
from uuid import UUID
from weakref import WeakSet

import pkcs11
import structlog
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.views.decorators.debug import sensitive_variables
from pkcs11.util.ec import encode_named_curve_parameters

from corpid.errors import PartAway, gettext_noop
from corpid.keys.key_pair import KeyNotUsable
from corpid.keys.models import Algorithm
from corpid.protocols.jwk import PublicKey

LONGEST_TURN = 10.0  # seconds that a caller waits for the others' calls
PAUSE = 1.0  # seconds between two attempts to open what did not open
RSA_BITS = 3072
_P256 = encode_named_curve_parameters("1.2.840.10045.3.1.7")
_P256_COORDINATE = 32
_P256_POINT = 65
_ED25519 = bytes.fromhex("06032b6570")  # 1.3.101.112 (RFC 8410, section 3)
_ED25519_POINT = 32
# DigestInfo without its digest, by the digest's length (RFC 8017, section 9.2, note 1).
_DIGEST_INFO = {
    32: bytes.fromhex("3031300d060960864801650304020105000420"),
    48: bytes.fromhex("3041300d060960864801650304020205000430"),
    64: bytes.fromhex("3051300d060960864801650304020305000440"),
}
_PRIVATE = {
    pkcs11.Attribute.PRIVATE: True,
    pkcs11.Attribute.SENSITIVE: True,
    pkcs11.Attribute.EXTRACTABLE: False,
    pkcs11.Attribute.MODIFIABLE: False,
}

Result = TypeVar("Result")
logger = structlog.get_logger(__name__)


class TokenAway(PartAway):
    code = "key_token_away"
    title = gettext_noop("The device that keeps our keys does not answer.")
    remedy = gettext_noop("What you sent is kept, and goes on by itself once it answers.")


class Token:
    """Makes key pairs under the ids of their rows, and signs with them."""

    @sensitive_variables("pin")
    def __init__(self, *, module: str, label: str, pin: str) -> None:
        self._module = module
        self._label = label
        self._pin = pin
        self._is_away = False
        self.forget()
        _all.add(self)

    def __repr__(self) -> str:
        return f"<token {self._label!r} by {self._module}>"

    def __reduce__(self) -> str:
        raise TypeError("a token is not pickled or copied: it knows a PIN")

    def generate(self, key_id: UUID, algorithm: Algorithm) -> PublicKey:
        """Make a pair whose private half never leaves. Raises TokenAway."""
        return self._call(partial(_generate, key_id=key_id, algorithm=algorithm))

    def sign(self, key_id: UUID, algorithm: Algorithm, digest: bytes) -> bytes:
        """Sign as `KeyStore.sign` says. Raises TokenAway; KeyNotUsable if it isn't here."""
        sign_with = _SIGN[algorithm]
        if algorithm != Algorithm.ED25519 and len(digest) not in _DIGEST_INFO:
            raise KeyError(f"a digest of {len(digest)} bytes is none that we know")

        def sign(session: pkcs11.Session) -> bytes:
            if key_id not in self._found:
                found = session.get_key(
                    object_class=pkcs11.ObjectClass.PRIVATE_KEY, id=key_id.bytes
                )
                self._found[key_id] = cast("pkcs11.SignMixin", found)
            return sign_with(self._found[key_id], digest)

        return self._call(sign)

    def check(self) -> None:
        """Raise TokenAway unless it answers."""
        self._call(lambda _session: self._find_token())

    def forget(self) -> None:
        """Open anew at the next call; a PIN that was refused is tried again."""
        self._lock = Lock()  # a forked child may have inherited a held one
        self._session: pkcs11.Session | None = None
        self._found: dict[UUID, pkcs11.SignMixin] = {}
        self._closed_until = 0.0
        self._reason = ""
        self._is_refused = False

    def _call(self, work: Callable[[pkcs11.Session], Result]) -> Result:
        lock = self._lock
        if not lock.acquire(timeout=LONGEST_TURN):
            raise TokenAway(f"no turn within {LONGEST_TURN} s")
        try:
            return self._work(work)
        finally:
            lock.release()

    def _work(self, work: Callable[[pkcs11.Session], Result]) -> Result:
        """Work in the session we have; if that fails, once more in a new one.

        A removed token may say "no such key" as well as "no such session", so every complaint
        is tried again before it is believed.
        """
        if self._session is not None:
            try:
                return work(self._session)
            except pkcs11.PKCS11Error as error:
                logger.info("key token session lost", error=_name(error))
        session = self._open()
        try:
            return work(session)
        except pkcs11.NoSuchKey as error:
            raise KeyNotUsable(f"not in the token {self._label!r}") from error
        except pkcs11.PKCS11Error as error:
            raise self._away(_name(error)) from error

    def _open(self) -> pkcs11.Session:
        self._session = None
        self._found = {}
        if self._is_refused or time.monotonic() < self._closed_until:
            raise TokenAway(self._reason)
        try:
            self._session = self._log_in()
        except (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinExpired) as error:
            self._is_refused = True  # trying on would lock the token for good
            raise self._away(f"the PIN is refused: {_name(error)}") from error
        except (pkcs11.PKCS11Error, OSError) as error:
            raise self._away(_name(error)) from error
        if self._is_away:
            self._is_away = False
            logger.warning("key token is back", label=self._label)
        return self._session

    @sensitive_variables("pin")
    def _log_in(self) -> pkcs11.Session:
        library = pkcs11.lib(self._module)
        try:
            library.finalize()
        except pkcs11.PKCS11Error as error:  # a forked child may not; it then begins at once
            logger.info("key token module not finalised", error=_name(error))
        library.initialize()  # the only way in which some modules see a token that came back
        pin = self._pin
        return self._find_token().open(user_pin=pin, rw=True)

    def _find_token(self) -> pkcs11.Token:
        return pkcs11.lib(self._module).get_token(token_label=self._label)

    def _away(self, reason: str) -> TokenAway:
        """Close for a moment and tell the operator, once."""
        self._session = None
        self._found = {}
        self._closed_until = time.monotonic() + PAUSE
        self._reason = reason
        if not self._is_away:
            self._is_away = True
            logger.error("key token is away", label=self._label, reason=reason)
        return TokenAway(reason)


def _name(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()


def _generate(session: pkcs11.Session, *, key_id: UUID, algorithm: Algorithm) -> PublicKey:
    for left in list(session.get_objects({pkcs11.Attribute.ID: key_id.bytes})):
        left.destroy()  # of an attempt that failed half-way
    return _GENERATE[algorithm](session, key_id)


def _generate_p256(session: pkcs11.Session, key_id: UUID) -> PublicKey:
    point = _curve_point(session, key_id, pkcs11.KeyType.EC, _P256)[-_P256_POINT:]
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def _generate_ed25519(session: pkcs11.Session, key_id: UUID) -> PublicKey:
    point = _curve_point(session, key_id, pkcs11.KeyType.EC_EDWARDS, _ED25519)
    return ed25519.Ed25519PublicKey.from_public_bytes(point[-_ED25519_POINT:])


def _curve_point(
    session: pkcs11.Session, key_id: UUID, kind: pkcs11.KeyType, curve: bytes
) -> bytes:
    """Return CKA_EC_POINT: most modules wrap it into an OCTET STRING, some do not."""
    parameters = session.create_domain_parameters(
        kind, {pkcs11.Attribute.EC_PARAMS: curve}, local=True
    )
    public, _ = parameters.generate_keypair(
        id=key_id.bytes,
        label=str(key_id),
        store=True,
        capabilities=pkcs11.MechanismFlag.SIGN | pkcs11.MechanismFlag.VERIFY,
        private_template=_PRIVATE,
    )
    return bytes(public[pkcs11.Attribute.EC_POINT])


def _generate_rsa(session: pkcs11.Session, key_id: UUID) -> PublicKey:
    public, _ = session.generate_keypair(
        pkcs11.KeyType.RSA,
        RSA_BITS,
        id=key_id.bytes,
        label=str(key_id),
        store=True,
        capabilities=pkcs11.MechanismFlag.SIGN | pkcs11.MechanismFlag.VERIFY,
        private_template=_PRIVATE,
    )
    numbers = rsa.RSAPublicNumbers(
        int.from_bytes(public[pkcs11.Attribute.PUBLIC_EXPONENT], "big"),
        int.from_bytes(public[pkcs11.Attribute.MODULUS], "big"),
    )
    return numbers.public_key()


def _sign_p256(key: pkcs11.SignMixin, digest: bytes) -> bytes:
    # Of a longer digest the leftmost bits count (FIPS 186-5, section 6.4.1); not every module
    # takes more than those.
    both = key.sign(digest[:_P256_COORDINATE], mechanism=pkcs11.Mechanism.ECDSA)
    return encode_dss_signature(
        int.from_bytes(both[:_P256_COORDINATE], "big"),
        int.from_bytes(both[_P256_COORDINATE:], "big"),
    )


def _sign_rsa(key: pkcs11.SignMixin, digest: bytes) -> bytes:
    prefixed = _DIGEST_INFO[len(digest)] + digest
    return bytes(key.sign(prefixed, mechanism=pkcs11.Mechanism.RSA_PKCS))


def _sign_ed25519(key: pkcs11.SignMixin, message: bytes) -> bytes:
    return bytes(key.sign(message, mechanism=pkcs11.Mechanism.EDDSA))


_GENERATE: dict[str, Callable[[pkcs11.Session, UUID], PublicKey]] = {
    Algorithm.ES256: _generate_p256,
    Algorithm.RS256: _generate_rsa,
    Algorithm.ED25519: _generate_ed25519,
}
_SIGN: dict[str, Callable[[pkcs11.SignMixin, bytes], bytes]] = {
    Algorithm.ES256: _sign_p256,
    Algorithm.RS256: _sign_rsa,
    Algorithm.ED25519: _sign_ed25519,
}

_all: WeakSet[Token] = WeakSet()


def _forget_in_child() -> None:
    for token in list(_all):
        token.forget()


os.register_at_fork(after_in_child=_forget_in_child)
