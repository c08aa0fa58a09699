"""Issue the certificate of one of our own authorities, for the key that is active there."""

from datetime import datetime

from django.conf import settings

from signatures.models import Certificate
from signatures.pki.certificates import Subject
from signatures.services.issue_certificate import issue_certificate

_NAMES = {
    Certificate.Profile.ROOT: "Corp ID Root CA",
    Certificate.Profile.ISSUING: "Corp ID Issuing CA",
    Certificate.Profile.TSA: "Corp ID Time-Stamping Authority",
    Certificate.Profile.OCSP: "Corp ID Certificate Status",
}


def certify_authority(*, profile: Certificate.Profile, at: datetime) -> Certificate:
    name = _NAMES[profile]
    subject = Subject(
        f"{name} (Sandbox)" if settings.SANDBOX else name,
        settings.CERTIFICATION_AUTHORITY_NAME,
    )
    return issue_certificate(profile=profile, subject=subject, at=at)
