"""The CMS of one PAdES signature (RFC 5652, CAdES attributes of ETSI EN 319 122-1).

It is built by hand so that everything constant is encoded once, no signing-time stands in it
(EN 319 142-1, section 6.3: the claimed time is the dictionary's /M) and the key stays where it
is.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from asn1crypto import cms, core
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.ades import cades_asn1  # noqa: F401  registers the attributes that are read

from signatures.pki import oids
from signatures.pki.key_holder import KeyHolder
from signatures.pki.time_stamp import certificate_identifier

# Takes a SHA-256 digest, gives a time-stamp token in DER (RFC 3161).
TimeStamp = Callable[[bytes], bytes]


class Commitment(StrEnum):
    """What a signature commits to (EN 319 122-1, section 5.2.3)."""

    ORIGIN = "1.2.840.113549.1.9.16.6.1"  # proofOfOrigin: a seal
    APPROVAL = "1.2.840.113549.1.9.16.6.5"  # proofOfApproval: a person


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs, what it means, and under which authority (a compact JWS)."""

    holder: KeyHolder
    commitment: Commitment
    statement: str = ""
    time_stamp: TimeStamp | None = None


def sign_digest(document_digest: bytes, signing: Signing) -> bytes:
    """Make the CMS over a document's SHA-256 digest, in DER (RFC 5652, section 5.1)."""
    holder = signing.holder
    attributes = _signed_attributes(document_digest, signing)
    # Section 5.4: the signature covers the SET OF; in SignerInfo the same bytes bear tag [0].
    signature = holder.sign(_set(*attributes))
    signer = [
        _integer(1),
        _sequence(
            holder.certificate.issuer.public_bytes(), _integer(holder.certificate.serial_number)
        ),
        _SHA256,
        _tagged(0, *sorted(attributes)),
        holder.signature_algorithm.dump(),
        core.OctetString(signature).dump(),
    ]
    if signing.time_stamp is not None:
        token = signing.time_stamp(hashlib.sha256(signature).digest())
        signer.append(_tagged(1, _attribute(_SIGNATURE_TIME_STAMP, token)))
    chain = [issuer.public_bytes(Encoding.DER) for issuer in holder.chain]
    signed = _sequence(
        _integer(1),
        _set(_SHA256),
        _sequence(_oid(_DATA)),
        _tagged(0, *sorted([holder.certificate_der, *chain])),
        _set(_sequence(*signer)),
    )
    return _sequence(_oid(_SIGNED_DATA), _tagged(0, signed))


def _signed_attributes(document_digest: bytes, signing: Signing) -> list[bytes]:
    signed_by = certificate_identifier(signing.holder.certificate_der)
    attributes = [
        _attribute(_CONTENT_TYPE, _oid(_DATA)),
        _attribute(_MESSAGE_DIGEST, core.OctetString(document_digest).dump()),
        _attribute(_SIGNING_CERTIFICATE_V2, signed_by.dump()),
        _attribute(_COMMITMENT_TYPE, _sequence(_oid(signing.commitment.value))),
    ]
    if signing.statement:
        statement = core.UTF8String(signing.statement).dump()
        assertions = _sequence(_sequence(_oid(oids.AUTHORITY_STATEMENT), statement))
        attributes.append(_attribute(_SIGNER_ATTRIBUTES_V2, _sequence(_tagged(2, assertions))))
    if signing.time_stamp is not None:
        # Proves that the signature is not older: without it a key revoked earlier can be said
        # to have signed earlier still (EN 319 102-1, section 5.5.4).
        token = signing.time_stamp(document_digest)
        attributes.append(_attribute(_CONTENT_TIME_STAMP, token))
    return attributes


# DER by hand (X.690): asn1crypto encodes what was built anew at every level above, which took
# seconds of CPU for some signatures. Parsed values are cheap, and are read with it below.

_DATA = "1.2.840.113549.1.7.1"
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNATURE_TIME_STAMP = "1.2.840.113549.1.9.16.2.14"
_COMMITMENT_TYPE = "1.2.840.113549.1.9.16.2.16"
_CONTENT_TIME_STAMP = "1.2.840.113549.1.9.16.2.20"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
_SIGNER_ATTRIBUTES_V2 = "0.4.0.19122.1.1"
_SHORT_LENGTH = 0x80


def _encoded(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < _SHORT_LENGTH:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def _sequence(*parts: bytes) -> bytes:
    return _encoded(0x30, b"".join(parts))


def _set(*parts: bytes) -> bytes:
    return _encoded(0x31, b"".join(sorted(parts)))  # DER orders a SET OF (section 11.6)


def _tagged(number: int, *parts: bytes) -> bytes:
    """Encode `[n]`, constructed: explicit around one value, or implicit around members."""
    return _encoded(0xA0 | number, b"".join(parts))


def _oid(dotted: str) -> bytes:
    return bytes(core.ObjectIdentifier(dotted).dump())


def _integer(value: int) -> bytes:
    return bytes(core.Integer(value).dump())


def _attribute(dotted: str, value: bytes) -> bytes:
    return _sequence(_oid(dotted), _set(value))


_SHA256 = _sequence(_oid("2.16.840.1.101.3.4.2.1"))


def statement_in(signer: cms.SignerInfo) -> str:
    """Read the statement of authority that a signature carries, or nothing."""
    for attribute in signer["signed_attrs"]:
        if attribute["type"].native != "signer_attributes_v2":
            continue
        for assertion in attribute["values"][0]["signed_assertions"]:
            if assertion["signed_assertion_id"].dotted == oids.AUTHORITY_STATEMENT:
                return str(assertion["signed_assertion"].parse(core.UTF8String).native)
    return ""
