"""Use a token up, inside the transaction of its effect."""

import hashlib
from datetime import datetime
from enum import StrEnum

from corpid.errors import Gone, gettext_noop
from corpid.one_time.models import OneTimeToken


class Reason(StrEnum):
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"


class TokenNotUsable(Gone):
    """`token` is the row where there is one: a second use revokes what the first one got."""

    code = "token_not_usable"
    title = gettext_noop("This link or code can't be used any more.")
    remedy = gettext_noop("Begin again to get a new one.")

    def __init__(self, reason: Reason, token: OneTimeToken | None = None) -> None:
        super().__init__(f"token is {reason}")
        self.reason = reason
        self.token = token


def consume_token(*, purpose: str, token: str, at: datetime) -> OneTimeToken:
    """Mark the token used and return its row; of two callers at once, one gets it.

    A token of another purpose is unknown here. Raises TokenNotUsable.
    """
    token_hash = hashlib.sha256(token.encode()).digest()
    rows = OneTimeToken.objects.filter(token_hash=token_hash, purpose=purpose)
    if rows.filter(used_at=None, expires_at__gt=at).update(used_at=at):
        return rows.get()
    row = rows.first()
    if row is None:
        raise TokenNotUsable(Reason.UNKNOWN)
    raise TokenNotUsable(Reason.EXPIRED if row.used_at is None else Reason.USED, row)
