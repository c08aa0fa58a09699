"""Exchange an authorization code for tokens: once, by the client it was given to.

Of two at once, the one that the database lets first gets tokens; the other revokes them, since
nobody can tell which of the two is the thief (RFC 6749, section 4.1.2).
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from authentication.models import Grant
from authentication.oidc.authorization_request import check_resource
from authentication.oidc.claims import api_resource
from authentication.oidc.oauth_errors import InvalidDPoPProof, InvalidGrant, InvalidRequest
from authentication.oidc.pkce import check_verifier
from authentication.services.openid.approve_sign_in import CODE_PURPOSE
from authentication.services.openid.end_grants import end_grants
from authentication.services.openid.find_agreed_authority import find_agreed_authority
from authentication.services.openid.find_client import Client
from authentication.services.openid.issue_tokens import issue_tokens
from corpid.one_time.models import OneTimeToken
from corpid.one_time.services.consume_token import Reason, TokenNotUsable, consume_token


def exchange_code(
    *, client: Client, parameters: Mapping[str, str], thumbprint: str, at: datetime
) -> dict[str, Any]:
    """Return the token response (RFC 6749, section 5.1). Raises errors with an OAuth code."""
    code = parameters.get("code")
    if code is None:
        raise InvalidRequest("code is missing")
    check_resource(parameters.get("resource"), resource=api_resource(settings.BASE_URL))
    try:
        with transaction.atomic():
            token = consume_token(purpose=CODE_PURPOSE, token=code, at=at)
            _check_binding(token, client, parameters, thumbprint)
            return _answer(token, client, thumbprint, at)
    except TokenNotUsable as error:
        if error.reason is Reason.USED and error.token is not None:
            _revoke(error.token, client, at)
        raise InvalidGrant(f"the code is {error.reason}") from error


def _check_binding(
    token: OneTimeToken, client: Client, parameters: Mapping[str, str], thumbprint: str
) -> None:
    """Raise before anything is written: a stranger who guesses can't spoil the code."""
    bound_to = token.bound_to
    if bound_to["client_id"] != client.client_id:
        raise InvalidGrant("the code was given to another client")
    if parameters.get("redirect_uri") != bound_to["redirect_uri"]:
        raise InvalidGrant("redirect_uri is not that of the authorization request")
    check_verifier(parameters.get("code_verifier"), challenge=bound_to["code_challenge"])
    if bound_to["dpop_thumbprint"] not in {"", thumbprint}:
        raise InvalidDPoPProof("the code is bound to another key")


def _answer(
    token: OneTimeToken, client: Client, thumbprint: str, at: datetime
) -> dict[str, Any]:
    grant = Grant.objects.live().with_parties().filter(id=UUID(token.subject)).first()
    if grant is None:
        raise InvalidGrant("the grant has ended")
    authority = find_agreed_authority(grant=grant, at=at)
    if authority is None:  # it may have ended since the yes
        raise InvalidGrant("the person may not act for the company as agreed any more")
    refresh_token = secrets.token_urlsafe(32)
    Grant.objects.filter(id=grant.id).update(
        exchanged_at=at, refresh_token_hash=hashlib.sha256(refresh_token.encode()).digest()
    )
    answer = issue_tokens(
        grant=grant,
        client=client,
        authority=authority,
        scopes=grant.scopes,
        thumbprint=thumbprint,
        nonce=grant.nonce,
        grant_type="authorization_code",
        at=at,
    )
    return {**answer, "refresh_token": refresh_token}


def _revoke(token: OneTimeToken, client: Client, at: datetime) -> None:
    """Only its own client's second use revokes: another's knows the code from elsewhere."""
    if token.bound_to["client_id"] == client.client_id:
        end_grants(
            grants=Grant.objects.filter(id=UUID(token.subject)),
            ending=Grant.Ending.CODE_REUSED,
            at=at,
        )
