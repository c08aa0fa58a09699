"""Use a signed token up, inside the transaction of its effect."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction

from corpid.one_time.models import OneTimeToken
from corpid.one_time.services.consume_token import Reason, TokenNotUsable
from corpid.restores.generation import present_generation


@dataclass(frozen=True, slots=True)
class SignedToken:
    subject: str
    bound_to: dict[str, Any]


def consume_signed_token(*, purpose: str, token: str, at: datetime) -> SignedToken:
    """Read the token and remember its use; of two callers at once, one gets it.

    A token of another purpose is unknown here, and so is one signed before a restore: that it
    was used may have been forgotten. Raises TokenNotUsable.
    """
    try:
        content = signing.loads(token, salt=f"corpid.one_time {purpose}")
    except signing.BadSignature as error:
        raise TokenNotUsable(Reason.UNKNOWN) from error
    if content.get("generation", "") != present_generation().id:
        raise TokenNotUsable(Reason.UNKNOWN)
    expires_at = datetime.fromisoformat(content["expires_at"])
    if at >= expires_at:
        raise TokenNotUsable(Reason.EXPIRED)
    try:
        with transaction.atomic():
            OneTimeToken.objects.create(
                token_hash=hashlib.sha256(content["id"].encode()).digest(),
                purpose=purpose,
                subject=content["subject"],
                expires_at=expires_at,
                used_at=at,
            )
    except IntegrityError as error:
        raise TokenNotUsable(Reason.USED) from error
    return SignedToken(content["subject"], content["bound_to"])
