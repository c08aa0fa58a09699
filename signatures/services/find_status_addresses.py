"""Where readers of a certificate find its status and its issuer; they stand in it for ever."""

from django.conf import settings

from signatures.models import Certificate
from signatures.pki.certificates import StatusAddresses


def find_status_addresses(*, issuer: Certificate, shard: str) -> StatusAddresses:
    base = f"{settings.BASE_URL}/pki"
    return StatusAddresses(
        ocsp=f"{base}/ocsp",
        issuer=f"{base}/ca/{issuer.profile}.cer",
        crl=f"{base}/crl/{shard}.crl",
    )
