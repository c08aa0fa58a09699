"""Say whether a certificate of our issuing authority is good, revoked or unknown (OCSP)."""

from datetime import datetime

from signatures.models import Certificate
from signatures.pki import ocsp
from signatures.pki.crl import Revocation, RevocationReason
from signatures.services.find_authority import find_authority, present_certificate


def answer_status(*, request_der: bytes, at: datetime) -> bytes:
    """Answer an OCSP request in DER, whatever it is."""
    issuing = present_certificate(Certificate.Profile.ISSUING, at=at)
    return ocsp.answer_request(
        request_der,
        issuer=issuing.as_x509(),
        find_status=lambda serial: find_status(issuing, f"{serial:x}"),
        responder=find_authority(Certificate.Profile.OCSP, at=at),
        at=at,
    )


def find_status(issuer: Certificate, serial_number: str) -> ocsp.CertificateStatus | None:
    found = (
        Certificate.objects.filter(issuer=issuer, serial_number=serial_number)
        .select_related("key")
        .first()
    )
    return None if found is None else ocsp.CertificateStatus(revocation_of(found))


def revocation_of(certificate: Certificate) -> Revocation | None:
    """Say since when it is revoked, or on hold because its key is suspended."""
    number = int(certificate.serial_number, 16)
    if certificate.revoked_at is not None:
        reason = RevocationReason(certificate.revocation_reason)
        return Revocation(number, certificate.revoked_at, reason)
    if certificate.on_hold_since is not None:
        return Revocation(number, certificate.on_hold_since, RevocationReason.CERTIFICATE_HOLD)
    return None


def status_of(certificate: Certificate, *, at: datetime) -> bytes:
    """Make the OCSP response that a signature carries along."""
    assert certificate.issuer is not None  # noqa: S101  a leaf has one, by constraint
    return ocsp.status_response(
        certificate.as_x509(),
        issuer=certificate.issuer.as_x509(),
        status=ocsp.CertificateStatus(revocation_of(certificate)),
        responder=find_authority(Certificate.Profile.OCSP, at=at),
        at=at,
    )
