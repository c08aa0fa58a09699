"""What an e-service would learn about a person and a company; whether it was agreed to."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from authentication.models import Company, Person, SignInConsent
from authentication.oidc.claims import Represented, check_level
from authentication.powers import SIGN_IN
from authentication.services.check_power import check_power
from authentication.services.openid.open_request import OpenedRequest
from authentication.services.openid.represent_company import represent_company


@dataclass(frozen=True, slots=True)
class PortalSignIn:
    """How this browser signed in to the portal."""

    browser_session_id: UUID
    level: int
    methods: Sequence[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Shared:
    """`digest` is of the kinds of facts and of the capacity: either's change asks anew."""

    represented: Represented
    digest: str
    is_agreed: bool  # exactly this, before


def share_claims(
    *,
    opened: OpenedRequest,
    person: Person,
    company: Company,
    sign_in: PortalSignIn,
    at: datetime,
) -> Shared:
    """Raise what check_power raises if the person may not sign in for the company now.

    And UnmetAuthenticationRequirements, if they did not sign in as strongly as is demanded.
    """
    authority = check_power(person=person, company=company, power=SIGN_IN, at=at)
    request = opened.request
    check_level(
        request,
        issuer=settings.BASE_URL,
        level=sign_in.level,
        minimum=opened.client.minimum_level,
    )
    represented = represent_company(company=company, authority=authority)
    facts = {
        "scopes": sorted(request.scopes),
        "person_sub": "person_sub" in request.id_token_claims | request.userinfo_claims,
        "capacity": represented.capacity,
        "chain": [[link.ubi, link.mandate] for link in represented.chain],
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    is_agreed = SignInConsent.objects.filter(
        person=person, company=company, e_service=opened.e_service, claims_digest=digest
    ).exists()
    return Shared(represented, digest, is_agreed)
