"""Which keys to replace first in a re-keying: those that documents wait for."""

from collections.abc import Collection
from uuid import UUID

from corpid.keys.models import SigningKey
from signatures.models import Certificate, SignatureRequest


def find_awaited_keys() -> Collection[UUID]:
    """Find suspended keys of companies whose documents are being sealed now."""
    return set(
        Certificate.objects.filter(
            company__signature_requests__state=SignatureRequest.State.SEALING,
            key__suspended_at__isnull=False,
            key__state=SigningKey.State.ACTIVE,
        ).values_list("key_id", flat=True)
    )
