"""Have our certification authority name an e-service as the owner of a key."""

from datetime import datetime

from cryptography import x509

from authentication.models import EService
from corpid.keys.models import SigningKey
from credentials.models.issuer_profile import issuer_uri
from signatures.models import Certificate
from signatures.pki.certificates import Subject
from signatures.services.find_key_holder import find_key_holder
from signatures.services.issue_certificate import issue_certificate


def certify_key(
    *, key: SigningKey, e_service: EService, at: datetime
) -> list[x509.Certificate]:
    """Return the chain, the leaf first, without the root."""
    certificate = issue_certificate(
        profile=Certificate.Profile.E_SERVICE,
        subject=Subject(
            common_name=e_service.name_en,
            organization=e_service.name_en,
            uri=issuer_uri(e_service.slug),
        ),
        key=key,
        at=at,
    )
    holder = find_key_holder(certificate)
    return [holder.certificate, *holder.chain]
