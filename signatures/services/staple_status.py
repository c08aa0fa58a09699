"""The status of a certificate as a signature carries it along (OCSP, stapled)."""

from datetime import datetime

from signatures.models import Certificate
from signatures.pki import ocsp
from signatures.services.find_authority import find_authority


def staple_status(*, certificate: Certificate, at: datetime) -> bytes:
    """Give the response in DER, as of now."""
    assert certificate.issuer is not None  # noqa: S101  a leaf has one, by constraint
    return ocsp.status_response(
        certificate.as_x509(),
        issuer=certificate.issuer.as_x509(),
        status=ocsp.CertificateStatus(certificate.revocation()),
        responder=find_authority(Certificate.Profile.OCSP, at=at),
        at=at,
    )
