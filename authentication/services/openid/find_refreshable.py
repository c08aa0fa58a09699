"""Find what a refresh token still stands for: nothing, once the sign-in it came from is over.

1. It was given to this client.
2. Its grant lives; the person is still signed in at Corp ID in that browser, by the very limits
   of that session, whether or not something has ended its row yet.
3. The client may sign people in, and is registered for something that was granted.
4. The person may still act as they agreed to show.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from authentication.models import EService, Grant
from authentication.oidc.oauth_errors import InvalidGrant, UnauthorizedClient
from authentication.powers import SIGN_IN
from authentication.services.check_power import Authority
from authentication.services.end_unused_sessions import IN_ANY_CASE, UNUSED_FOR
from authentication.services.openid.find_agreed_authority import find_agreed_authority
from authentication.services.openid.find_client import Client


@dataclass(frozen=True, slots=True)
class Refreshable:
    grant: Grant
    authority: Authority
    scopes: tuple[str, ...]  # of the grant, as far as the client is registered for them now
    until: datetime


def find_refreshable(*, client: Client, refresh_token: str, at: datetime) -> Refreshable:
    """Raise InvalidGrant, UnauthorizedClient. Another client's token is unknown here."""
    grant = (
        Grant.objects.live()
        .with_parties()
        .filter(
            refresh_token_hash=hashlib.sha256(refresh_token.encode()).digest(),
            session__e_service=client.e_service_id,  # 1
            session__browser_session__ended_at=None,  # 2
            session__browser_session__seen_at__gt=at - UNUSED_FOR,
        )
        .first()
    )
    if grant is None:
        raise InvalidGrant("the refresh token is unknown, revoked, or its sign-in is over")
    until = grant.authenticated_at + IN_ANY_CASE
    if at >= until:
        raise InvalidGrant(f"the sign-in is older than {IN_ANY_CASE}")
    e_services = EService.objects.active().unrestricted(at=at, power=SIGN_IN)  # 3
    if not e_services.filter(pk=client.e_service_id).exists():
        raise UnauthorizedClient("the client may not sign people in now")
    scopes = tuple(scope for scope in grant.scopes if scope in client.rules.scopes)
    if not scopes:
        raise InvalidGrant("the client is registered for nothing that was granted")
    authority = find_agreed_authority(grant=grant, at=at)  # 4
    if authority is None:
        raise InvalidGrant("the person may not act for the company as agreed any more")
    return Refreshable(grant, authority, scopes, until)
