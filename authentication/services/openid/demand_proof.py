"""Demand that a DPoP proof holds and is new."""

from datetime import datetime

from django.conf import settings

from authentication.oidc.dpop import verify_proof
from authentication.oidc.oauth_errors import InvalidDPoPProof, UseDPoPNonce
from authentication.services.openid.fresh_nonce import EPOCH, NONCE_KEY
from corpid.one_time.services.remember_once import (
    IssuedBeforeMemory,
    SeenBefore,
    remember_once,
)


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
        nonce_key=NONCE_KEY,
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
        EPOCH.clear()
        raise UseDPoPNonce from error
    return proof.thumbprint
