"""Certificate revocation lists in shards (RFC 5280, section 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signatures.pki.key_holder import DIGEST, KeyHolder, stand_in_for


class RevocationReason(StrEnum):
    """The reasons that we give (RFC 5280, section 5.3.1); the names are those of X.509."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    CERTIFICATE_HOLD = "certificateHold"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


@dataclass(frozen=True, slots=True)
class Revocation:
    serial_number: int
    at: datetime
    reason: RevocationReason


def make_crl(
    *,
    issuer: KeyHolder,
    address: str,
    number: int,
    this_update: datetime,
    next_update: datetime,
    revocations: Iterable[Revocation],
) -> bytes:
    """Make one shard, in DER.

    Its issuing distribution point is critical and equal to the certificates' own, so that no
    shard passes for another, emptier one.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                issuer.certificate.extensions.get_extension_for_class(
                    x509.SubjectKeyIdentifier
                ).value
            ),
            critical=False,
        )
        .add_extension(
            x509.IssuingDistributionPoint(
                full_name=[x509.UniformResourceIdentifier(address)],
                relative_name=None,
                only_contains_user_certs=False,
                only_contains_ca_certs=False,
                only_some_reasons=None,
                indirect_crl=False,
                only_contains_attribute_certs=False,
            ),
            critical=True,
        )
    )
    for revocation in revocations:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(revocation.serial_number)
            .revocation_date(revocation.at)
        )
        if revocation.reason is not RevocationReason.UNSPECIFIED:  # section 5.3.1: left out
            flag = x509.ReasonFlags(revocation.reason.value)
            entry = entry.add_extension(x509.CRLReason(flag), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    stood_in = builder.sign(stand_in_for(issuer.certificate.public_key()), DIGEST)
    encoded = asn1_crl.CertificateList.load(stood_in.public_bytes(Encoding.DER))
    encoded["signature"] = issuer.sign(stood_in.tbs_certlist_bytes)
    return encoded.dump(force=True)  # type: ignore[no-any-return]  # asn1crypto has no types
