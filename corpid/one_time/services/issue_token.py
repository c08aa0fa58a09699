"""Draw a single-use token; only its hash stays here."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from corpid.one_time.models import OneTimeToken


def issue_token(
    *, purpose: str, subject: str, bound_to: dict[str, Any], expires_at: datetime
) -> str:
    """Return the plain token: 256 random bits, base64url."""
    token = secrets.token_urlsafe(32)
    OneTimeToken.objects.create(
        token_hash=hashlib.sha256(token.encode()).digest(),
        purpose=purpose,
        subject=subject,
        bound_to=bound_to,
        expires_at=expires_at,
    )
    return token
