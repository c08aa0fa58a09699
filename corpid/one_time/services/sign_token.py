"""Sign a single-use token that has no row before it is used: showing a form writes nothing."""

import secrets
from datetime import datetime
from typing import Any

from django.core import signing

from corpid.restores.generation import present_generation


def sign_token(
    *, purpose: str, subject: str, bound_to: dict[str, Any], expires_at: datetime
) -> str:
    """Return a token that its holder can read but not change, for consume_signed_token."""
    content = {
        "id": secrets.token_urlsafe(16),
        "subject": subject,
        "bound_to": bound_to,
        "expires_at": expires_at.isoformat(),
        "generation": present_generation().id,
    }
    return signing.dumps(content, salt=f"corpid.one_time {purpose}", compress=True)
