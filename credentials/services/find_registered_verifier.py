"""The e-service of ours behind a verifier's certificate: its name in the reader's language."""

from cryptography.hazmat.primitives.serialization import Encoding

from authentication.models import EService
from corpid.protocols.x5c import Signer
from credentials.models import IssuerProfile


def find_registered_verifier(*, verifier: Signer) -> EService | None:
    """Compare the whole certificate: a serial number is unique only under its own authority."""
    certificate = verifier.leaf.public_bytes(Encoding.DER)
    profile = (
        IssuerProfile.objects.filter(use=IssuerProfile.Use.VERIFIER, chain__0=certificate)
        .select_related("e_service")
        .first()
    )
    return None if profile is None else profile.e_service
