"""Tell an e-service again who signed in and for which company, as it stands now (userinfo)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from authentication.models import Grant, PairwiseSubject
from authentication.oidc.claims import company_claims
from authentication.oidc.oauth_errors import InvalidToken
from authentication.powers import SIGN_IN
from authentication.services.check_power import check_power
from authentication.services.openid.represent_company import represent_company
from corpid.errors import NotAllowed


def describe_sign_in(*, grant_id: UUID, at: datetime) -> dict[str, Any]:
    """Give the claims, with the `sub` of the ID token. Raises InvalidToken."""
    grant = (
        Grant.objects.live()
        .select_related("session__person", "session__company__current_name", "subject")
        .filter(id=grant_id)
        .first()
    )
    if grant is None:
        raise InvalidToken("the grant has ended")
    session = grant.session
    try:
        authority = check_power(
            person=session.person, company=session.company, power=SIGN_IN, at=at
        )
    except NotAllowed as error:
        raise InvalidToken("the person may not act for the company any more") from error
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
