"""How an SD-JWT is written: an issuer's JWT, disclosures, perhaps a key binding (RFC 9901)."""

import binascii
from dataclasses import dataclass
from hashlib import sha256, sha384, sha512
from typing import Any, NamedTuple

import orjson

from corpid.errors import Malformed, gettext_noop
from corpid.protocols.es256 import CompactJWS, read_compact
from corpid.protocols.strict_encoding import encode_base64url

Path = tuple[str | int, ...]

MAX_BYTES = 256 * 1024
MAX_DISCLOSURES = 1024
MAX_DEPTH = 32
KEY_BINDING_TYPE = "kb+jwt"

_HASHES = {"sha-256": sha256, "sha-384": sha384, "sha-512": sha512}
_RESERVED = frozenset({"_sd", "..."})
_TO_BASE64 = bytes.maketrans(b"-_+/=", b"+/!!!")  # `!` is refused by strict decoding
_ARRAY_PARTS = 2  # salt, value
_OBJECT_PARTS = 3  # salt, name, value


class SDJWTMalformed(Malformed):
    code = "sd_jwt_malformed"
    title = gettext_noop("The credential can't be read.")
    remedy = gettext_noop("Send the credential as it was issued, with its disclosures.")


class Disclosure(NamedTuple):
    """One salted claim: `name` is None for an element of an array."""

    encoded: str
    digest: str
    name: str | None
    value: Any


@dataclass(frozen=True, slots=True)
class SDJWT:
    """A split SD-JWT; nothing about it has been verified yet."""

    jws: CompactJWS
    disclosures: tuple[Disclosure, ...]
    hash_name: str
    without_key_binding: str  # what `sd_hash` covers, with its last tilde
    key_binding: str | None


def _read_disclosure(encoded: str, hash_name: str) -> Disclosure:
    content = encoded.encode("ascii")
    try:
        # The digest covers the text, so two texts of one content are two disclosures: no need
        # to ask for the canonical one.
        padded = content.translate(_TO_BASE64) + b"=" * (-len(content) % 4)
        parts = orjson.loads(binascii.a2b_base64(padded, strict_mode=True))
    except ValueError as error:
        raise SDJWTMalformed(f"disclosure: {error}") from error
    count = len(parts) if type(parts) is list else 0
    if count not in {_ARRAY_PARTS, _OBJECT_PARTS} or type(parts[0]) is not str:
        raise SDJWTMalformed("a disclosure has two or three parts, the first of them text")
    name = None
    if count == _OBJECT_PARTS:
        name = parts[1]
        if type(name) is not str or name in _RESERVED:
            raise SDJWTMalformed("a disclosed claim has a name, and not _sd or ...")
    digest = encode_base64url(_HASHES[hash_name](content).digest())
    return Disclosure(encoded, digest, name, parts[-1])


def read_sd_jwt(token: str) -> SDJWT:
    """Split an SD-JWT or SD-JWT+KB (section 4); no signature is checked yet.

    Raises SDJWTMalformed, JWTNotAccepted.
    """
    if len(token) > MAX_BYTES or not token.isascii():
        raise SDJWTMalformed("too long, or not ASCII")
    if "~" not in token:
        raise SDJWTMalformed("no tilde")
    first, *encoded, last = token.split("~")
    if len(encoded) > MAX_DISCLOSURES:
        raise SDJWTMalformed("too many disclosures")
    jws = read_compact(first)
    hash_name = jws.payload.get("_sd_alg", "sha-256")
    if not isinstance(hash_name, str) or hash_name not in _HASHES:
        raise SDJWTMalformed(f"_sd_alg {hash_name!r}")
    return SDJWT(
        jws=jws,
        disclosures=tuple(_read_disclosure(part, hash_name) for part in encoded),
        hash_name=hash_name,
        without_key_binding=token[: len(token) - len(last)],
        key_binding=last or None,
    )


def hash_of_presentation(sd_jwt: SDJWT) -> str:
    covered = sd_jwt.without_key_binding.encode("ascii")
    return encode_base64url(_HASHES[sd_jwt.hash_name](covered).digest())
