"""Give new tokens for a refresh token, which stays the same (FAPI 2.0, section 5.3.2.1).

It is of no use without the client's own key, so nothing is won by changing it, and a client
that asks twenty times at once, or loses an answer, keeps its access. A new DPoP key is taken
for the same reason (RFC 9449, section 5).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from authentication.oidc.authorization_request import check_resource, read_scopes
from authentication.oidc.claims import api_resource
from authentication.oidc.oauth_errors import InvalidRequest
from authentication.services.openid.find_client import Client
from authentication.services.openid.find_refreshable import find_refreshable
from authentication.services.openid.issue_tokens import issue_tokens


@transaction.atomic
def refresh_access(
    *, client: Client, parameters: Mapping[str, str], thumbprint: str, at: datetime
) -> dict[str, Any]:
    """Return the token response, for fewer scopes where `scope` names fewer (RFC 6749, 6).

    Raises InvalidRequest, InvalidTarget, InvalidGrant, UnauthorizedClient, InvalidScope.
    """
    refresh_token = parameters.get("refresh_token")
    if refresh_token is None:
        raise InvalidRequest("refresh_token is missing")
    check_resource(parameters.get("resource"), resource=api_resource(settings.BASE_URL))
    found = find_refreshable(client=client, refresh_token=refresh_token, at=at)
    scopes = read_scopes(parameters.get("scope"), allowed=frozenset(found.scopes))
    return issue_tokens(
        grant=found.grant,
        client=client,
        authority=found.authority,
        scopes=scopes or found.scopes,
        thumbprint=thumbprint,
        nonce=None,  # OpenID Connect Core 1.0, section 12.2
        grant_type="refresh_token",
        at=at,
    )
