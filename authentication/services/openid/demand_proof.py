"""Demand that a DPoP proof holds and is new; tell the nonce that the next one needs."""

import hashlib
import hmac
from datetime import datetime
from functools import cache

from django.conf import settings

from authentication.oidc.dpop import make_nonce, verify_proof
from authentication.oidc.oauth_errors import InvalidDPoPProof, UseDPoPNonce
from corpid.keys.bounded import Bounded
from corpid.one_time.epoch import current_epoch
from corpid.one_time.services.remember_once import (
    IssuedBeforeMemory,
    SeenBefore,
    remember_once,
)

# A nonce of an epoch that has just ended only costs its reader another round.
_epoch: Bounded[str, str] = Bounded(entries=1, seconds=1.0)


def demand_proof(
    *,
    header: str | None,
    method: str,
    path: str,
    at: datetime,
    access_token: str | None = None,
    thumbprint: str | None = None,
) -> str:
    """Return the thumbprint of the proof's key. Raises InvalidDPoPProof, UseDPoPNonce."""
    proof = verify_proof(
        header,
        method=method,
        url=settings.BASE_URL + path,  # the configured origin, whatever Host says
        nonce_key=_nonce_key(),
        at=at,
        access_token=access_token,
        thumbprint=thumbprint,
    )
    try:
        remember_once(
            kind="dpop",
            party=proof.thumbprint,
            jti=proof.jti,
            issued_at=proof.issued_at,
            keep_until=proof.keep_until,
            at=at,
            made_in_epoch=proof.epoch,
        )
    except SeenBefore as error:
        raise InvalidDPoPProof("the proof was used before") from error
    except IssuedBeforeMemory as error:
        _epoch.clear()
        raise UseDPoPNonce from error
    return proof.thumbprint


def fresh_nonce(*, at: datetime) -> str:
    """Make the nonce to tell now."""
    epoch = _epoch.get("id", lambda: current_epoch().id)
    return make_nonce(key=_nonce_key(), epoch=epoch, at=at)


@cache
def _nonce_key() -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"corpid dpop nonce", hashlib.sha256)
