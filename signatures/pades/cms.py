"""The CMS of one PAdES signature (RFC 5652, CAdES attributes of ETSI EN 319 122-1).

It is built by hand so that everything constant is encoded once, no signing-time stands in it
(EN 319 142-1, section 6.3: the claimed time is the dictionary's /M) and the key stays where it
is.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from asn1crypto import cms, core, x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.ades.cades_asn1 import (
    CommitmentTypeIndication,
    SignedAssertion,
    SignerAttributesV2,
)

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
    """Make the CMS over a document's SHA-256 digest, in DER."""
    holder = signing.holder
    # Encoded and read again: asn1crypto encodes what was built anew at every level above, and
    # for some lengths of certificates that grows beyond all bounds (seconds of CPU).
    attributes = cms.CMSAttributes.load(_signed_attributes(document_digest, signing).dump())
    signature = holder.sign(attributes.untag().dump())
    certificate = x509.Certificate.load(holder.certificate_der)
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {
                "issuer_and_serial_number": {
                    "issuer": certificate.issuer,
                    "serial_number": certificate.serial_number,
                }
            }
        ),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": holder.signature_algorithm,
        "signature": signature,
    }
    if signing.time_stamp is not None:
        token = signing.time_stamp(hashlib.sha256(signature).digest())
        signer["unsigned_attrs"] = [
            {"type": "signature_time_stamp_token", "values": [cms.ContentInfo.load(token)]}
        ]
    chain = [
        x509.Certificate.load(issuer.public_bytes(Encoding.DER)) for issuer in holder.chain
    ]
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificate, *chain],
            "signer_infos": [cms.SignerInfo.load(cms.SignerInfo(signer).dump())],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()  # type: ignore[no-any-return]  # asn1crypto has no types


def _signed_attributes(document_digest: bytes, signing: Signing) -> cms.CMSAttributes:
    signed_by = certificate_identifier(signing.holder.certificate_der)
    attributes = [
        {"type": "content_type", "values": ["data"]},
        {"type": "message_digest", "values": [document_digest]},
        {"type": "signing_certificate_v2", "values": [signed_by]},
        {
            "type": "commitment_type",
            "values": [CommitmentTypeIndication({"commitment_type_id": signing.commitment})],
        },
    ]
    if signing.statement:
        assertion = SignedAssertion(
            {
                "signed_assertion_id": oids.AUTHORITY_STATEMENT,
                "signed_assertion": core.Any(core.UTF8String(signing.statement)),
            }
        )
        attributes.append(
            {
                "type": "signer_attributes_v2",
                "values": [SignerAttributesV2({"signed_assertions": [assertion]})],
            }
        )
    if signing.time_stamp is not None:
        # Proves that the signature is not older: without it a key revoked earlier can be said
        # to have signed earlier still (EN 319 102-1, section 5.5.4).
        token = signing.time_stamp(document_digest)
        attributes.append(
            {"type": "content_time_stamp", "values": [cms.ContentInfo.load(token)]}
        )
    return cms.CMSAttributes(attributes)


def statement_in(signer: cms.SignerInfo) -> str:
    """Read the statement of authority that a signature carries, or nothing."""
    for attribute in signer["signed_attrs"]:
        if attribute["type"].native != "signer_attributes_v2":
            continue
        for assertion in attribute["values"][0]["signed_assertions"]:
            if assertion["signed_assertion_id"].dotted == oids.AUTHORITY_STATEMENT:
                return str(assertion["signed_assertion"].parse(core.UTF8String).native)
    return ""
