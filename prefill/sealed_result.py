"""The sealed result: a signed JWT inside an encrypted one, for one e-service's key alone.

JWE of RFC 7516 in compact form, ECDH-ES+A256KW with A256GCM (RFC 7518, sections 4.6 and 5.3)
around a JWS; signed first, so that the signature stays with what was said. No `zip`:
compression before encryption tells lengths that depend on the content (CRIME).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey

from corpid.errors import Conflict, gettext_noop

ALGORITHM = "ECDH-ES+A256KW"
ENCRYPTION = "A256GCM"
_CURVES = frozenset({"P-256", "P-384", "P-521"})


class NoEncryptionKey(Conflict):
    code = "encryption_key_missing"
    title = gettext_noop("Your e-service has no encryption key registered.")
    remedy = gettext_noop(
        "Register an EC public key with use enc and alg ECDH-ES+A256KW, then ask again."
    )


def choose_encryption_key(jwks: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Take the first key meant for this: EC, `use` enc, `alg` absent or ours.

    Raises NoEncryptionKey.
    """
    for key in jwks:
        if (
            key.get("kty") == "EC"
            and key.get("crv") in _CURVES
            and key.get("use") == "enc"
            and key.get("alg", ALGORITHM) == ALGORITHM
            and isinstance(key.get("kid"), str)
        ):
            return key
    raise NoEncryptionKey


def seal(signed: str, recipient: Mapping[str, Any]) -> str:
    """Encrypt a signed JWT to the recipient's public key; a private part is never used."""
    public = {name: recipient[name] for name in ("kty", "crv", "x", "y")}
    header = {"alg": ALGORITHM, "enc": ENCRYPTION, "cty": "JWT", "kid": recipient["kid"]}
    return jwe.encrypt_compact(
        header, signed, ECKey.import_key(public), algorithms=[ALGORITHM, ENCRYPTION]
    )
