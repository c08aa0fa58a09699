"""Prove who asks, by the request that they signed."""

from datetime import datetime

from credentials.models import TrustAnchor
from credentials.openid4vp import PresentationLink, PresentationRequest, read_request
from credentials.services.find_trust import find_trust


def verify_request_object(
    *, request_object: str, link: PresentationLink, wallet_nonce: str | None, at: datetime
) -> PresentationRequest:
    """Raise what read_request raises."""
    return read_request(
        request_object,
        link=link,
        trust=find_trust(use=TrustAnchor.Use.VERIFIER, at=at),
        at=at,
        wallet_nonce=wallet_nonce,
    )
