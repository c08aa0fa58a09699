"""The nonce that the next DPoP proof needs (RFC 9449, section 8)."""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings

from authentication.oidc.dpop import make_nonce
from corpid.keys.bounded import Bounded
from corpid.one_time.epoch import current_epoch

NONCE_KEY = hmac.digest(settings.SECRET_KEY.encode(), b"corpid dpop nonce", hashlib.sha256)
# A nonce of an epoch that has just ended only costs its reader another round.
EPOCH: Bounded[str, str] = Bounded(entries=1, seconds=1.0)


def fresh_nonce(*, at: datetime) -> str:
    """Make the nonce to tell now."""
    epoch = EPOCH.get("id", lambda: current_epoch().id)
    return make_nonce(key=NONCE_KEY, epoch=epoch, at=at)
