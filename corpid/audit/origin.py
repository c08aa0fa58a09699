"""The log's name and the keys that sign for it, as verifiers know them."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from corpid.keys.models import Purpose, SigningKey
from corpid.protocols.checkpoint import VerifierKey


def verifier_key(key: SigningKey) -> VerifierKey:
    public = key.public_key()
    if not isinstance(public, Ed25519PublicKey):
        raise TypeError(f"{key} is no Ed25519 key")
    return VerifierKey(settings.AUDIT_ORIGIN, public.public_bytes_raw())


def published_verifier_keys(*, at: datetime) -> list[VerifierKey]:
    """Give every key whose checkpoints may have to be checked, the newest first."""
    keys = SigningKey.objects.published(at=at).filter(purpose=Purpose.AUDIT)
    return [verifier_key(key) for key in keys.order_by("-created_at", "-id")]
