"""Tell an e-service again who signed in and for which company, as it stands now (userinfo)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from authentication.models import Grant, PairwiseSubject
from authentication.oidc.claims import company_claims
from authentication.oidc.oauth_errors import InvalidToken
from authentication.services.openid.find_agreed_authority import find_agreed_authority
from authentication.services.openid.represent_company import represent_company


def describe_sign_in(*, grant_id: UUID, at: datetime) -> dict[str, Any]:
    """Give the claims, with the `sub` of the ID token. Raises InvalidToken."""
    grant = Grant.objects.live().with_parties().filter(id=grant_id).first()
    if grant is None:
        raise InvalidToken("the grant has ended")
    authority = find_agreed_authority(grant=grant, at=at)
    if authority is None:
        raise InvalidToken("the person may not act for the company as agreed any more")
    session = grant.session
    claims = {
        "sub": grant.subject.sub,
        **company_claims(represent_company(company=session.company, authority=authority)),
    }
    if "person_sub" in grant.userinfo_claims:
        subject, _ = PairwiseSubject.objects.get_or_create(
            person=session.person,
            company=None,
            sector_identifier=grant.subject.sector_identifier,
        )
        claims["person_sub"] = subject.sub
    return claims
