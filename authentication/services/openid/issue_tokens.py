"""Make the tokens of a grant: one for the API, one that says who signed in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from authentication.models import Grant, PairwiseSubject
from authentication.oidc.claims import (
    ACCESS_TOKEN_LIFE,
    SignIn,
    access_token_claims,
    api_resource,
    id_token_claims,
)
from authentication.services.check_power import Authority
from authentication.services.openid.find_client import Client
from authentication.services.openid.represent_company import represent_company
from corpid.audit.services.record_event import record_event
from corpid.identifiers import outside_id
from corpid.keys.jws import sign_jwt
from corpid.keys.models import Purpose


def issue_tokens(
    *,
    grant: Grant,
    client: Client,
    authority: Authority,
    scopes: Sequence[str],
    thumbprint: str,
    nonce: str | None,
    grant_type: str,
    at: datetime,
) -> dict[str, Any]:
    """Return the token response (RFC 6749, section 5.1), in the caller's transaction."""
    record_event(
        kind="authentication.token.issued",
        at=at,
        actor=f"e-service:{client.client_id}",
        subject=f"grant:{grant.id}",
        company_id=grant.session.company_id,
        facts={"scopes": tuple(scopes), "grant_type": grant_type},
    )
    answer = {
        "access_token": _access_token(grant, client, scopes, thumbprint, at),
        "token_type": "DPoP",
        "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
        "scope": " ".join(scopes),
    }
    if "openid" in scopes:
        answer["id_token"] = _id_token(grant, client, authority, nonce, at)
    return answer


def _access_token(
    grant: Grant, client: Client, scopes: Sequence[str], thumbprint: str, at: datetime
) -> str:
    claims = access_token_claims(
        issuer=settings.BASE_URL,
        audience=api_resource(settings.BASE_URL),
        client_id=client.client_id,
        subject=grant.subject.sub,
        scopes=scopes,
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


def _id_token(
    grant: Grant, client: Client, authority: Authority, nonce: str | None, at: datetime
) -> str:
    session = grant.session
    claims = id_token_claims(
        issuer=settings.BASE_URL,
        client_id=client.client_id,
        subject=grant.subject.sub,
        nonce=nonce,
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
