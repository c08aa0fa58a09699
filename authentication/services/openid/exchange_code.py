"""Exchange an authorization code for tokens: once, by the client it was given to.

Of two at once, the one that the database lets first gets tokens; the other revokes them, since
nobody can tell which of the two is the thief (RFC 6749, section 4.1.2).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from authentication.models import Grant, PairwiseSubject
from authentication.oidc.authorization_request import check_resource
from authentication.oidc.claims import (
    ACCESS_TOKEN_LIFE,
    SignIn,
    access_token_claims,
    api_resource,
    id_token_claims,
)
from authentication.oidc.oauth_errors import InvalidDPoPProof, InvalidGrant, InvalidRequest
from authentication.oidc.pkce import check_verifier
from authentication.powers import SIGN_IN
from authentication.services.check_power import Authority, check_power
from authentication.services.openid.approve_sign_in import CODE_PURPOSE
from authentication.services.openid.end_grants import end_grants
from authentication.services.openid.find_client import Client
from authentication.services.openid.represent_company import represent_company
from corpid.audit.services.record_event import record_event
from corpid.errors import NotAllowed
from corpid.identifiers import outside_id
from corpid.keys.jws import sign_jwt
from corpid.keys.models import Purpose
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
    grant = (
        Grant.objects.live()
        .select_related("session__person", "session__company__current_name", "subject")
        .filter(id=UUID(token.subject))
        .first()
    )
    if grant is None:
        raise InvalidGrant("the grant has ended")
    authority = _authority(grant, at)
    Grant.objects.filter(id=grant.id).update(exchanged_at=at)
    record_event(
        kind="authentication.token.issued",
        at=at,
        actor=f"e-service:{client.client_id}",
        subject=f"grant:{grant.id}",
        company_id=grant.session.company_id,
        facts={"scopes": tuple(grant.scopes), "grant_type": "authorization_code"},
    )
    return {
        "access_token": _access_token(grant, client, thumbprint, at),
        "token_type": "DPoP",
        "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
        "scope": " ".join(grant.scopes),
        "id_token": _id_token(grant, client, authority, at),
    }


def _authority(grant: Grant, at: datetime) -> Authority:
    """Find the authority of this moment: it may have ended since the yes."""
    try:
        return check_power(
            person=grant.session.person, company=grant.session.company, power=SIGN_IN, at=at
        )
    except NotAllowed as error:
        raise InvalidGrant("the person may not act for the company any more") from error


def _access_token(grant: Grant, client: Client, thumbprint: str, at: datetime) -> str:
    claims = access_token_claims(
        issuer=settings.BASE_URL,
        audience=api_resource(settings.BASE_URL),
        client_id=client.client_id,
        subject=grant.subject.sub,
        scopes=grant.scopes,
        thumbprint=thumbprint,
        token_id=outside_id("at"),
        at=at,
        grant={
            "id": str(grant.id),
            "person": str(grant.session.person_id),
            "company": str(grant.session.company_id),
        },
    )
    return sign_jwt(purpose=Purpose.OP, header={"typ": "at+jwt"}, claims=claims, at=at)


def _id_token(grant: Grant, client: Client, authority: Authority, at: datetime) -> str:
    session = grant.session
    claims = id_token_claims(
        issuer=settings.BASE_URL,
        client_id=client.client_id,
        subject=grant.subject.sub,
        nonce=grant.nonce,
        sign_in=SignIn(
            level=grant.level,
            methods=grant.methods,
            at=grant.authenticated_at,
            session=session.sid,
        ),
        represented=represent_company(company=session.company, authority=authority),
        person_subject=_person_subject(grant, client)
        if "person_sub" in grant.id_token_claims
        else None,
        at=at,
    )
    return sign_jwt(purpose=Purpose.OP, header={"typ": "JWT"}, claims=claims, at=at)


def _person_subject(grant: Grant, client: Client) -> str:
    subject, _ = PairwiseSubject.objects.get_or_create(
        person=grant.session.person,
        company=None,
        sector_identifier=client.sector_identifier,
    )
    return subject.sub


def _revoke(token: OneTimeToken, client: Client, at: datetime) -> None:
    """Only its own client's second use revokes: another's knows the code from elsewhere."""
    if token.bound_to["client_id"] == client.client_id:
        end_grants(
            grants=Grant.objects.filter(id=UUID(token.subject)),
            ending=Grant.Ending.CODE_REUSED,
            at=at,
        )
