"""The JWK Set (RFC 7517, section 5) of keys whose signatures may still have to be checked."""

from collections.abc import Iterable
from datetime import datetime

from corpid.keys.models import Purpose, SigningKey


def publish_jwks(
    purposes: Iterable[Purpose], *, at: datetime, scope_id: str = ""
) -> dict[str, list[dict[str, str]]]:
    """Next, active, and retired keys of these purposes, with kid, use, alg."""
    keys = (
        SigningKey.objects.published(at=at)
        .filter(purpose__in=list(purposes), scope_id=scope_id)
        .order_by("created_at", "id")
    )
    return {"keys": [key.verification_jwk() for key in keys]}
