"""The person says yes: the request is used up, and a code goes to the e-service."""

from datetime import datetime, timedelta

from django.db import transaction

from authentication.models import (
    Company,
    EServiceSession,
    Grant,
    PairwiseSubject,
    Person,
    SignInConsent,
)
from authentication.services.openid.open_request import OpenedRequest
from authentication.services.openid.share_claims import PortalSignIn, Shared, share_claims
from authentication.services.openid.use_up_request import use_up_request
from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from corpid.one_time.services.issue_token import issue_token

CODE_LIFE = timedelta(seconds=60)
CODE_PURPOSE = "oauth.code"


class SharedFactsChanged(Conflict):
    code = "shared_facts_changed"
    title = gettext_noop("What you would share has changed meanwhile.")
    remedy = gettext_noop("Go back, read the page again and decide anew.")


@transaction.atomic
def approve_sign_in(
    *,
    opened: OpenedRequest,
    person: Person,
    company: Company,
    sign_in: PortalSignIn,
    seen_digest: str,
    at: datetime,
) -> str:
    """Return the authorization code.

    `seen_digest` is of what the person was shown or agreed to before.
    Raises SharedFactsChanged, SignInLinkEnded, UnmetAuthenticationRequirements and what
    check_power raises.
    """
    shared = share_claims(opened=opened, person=person, company=company, sign_in=sign_in, at=at)
    if shared.digest != seen_digest:
        raise SharedFactsChanged
    use_up_request(pushed=opened.pushed, at=at)
    _remember_consent(opened, person, company, shared, at)
    grant = _grant(opened, person, company, sign_in, shared, at)
    record_event(
        kind="authentication.sign_in.approved",
        at=at,
        actor=f"person:{person.id}",
        subject=f"e-service:{opened.client.client_id}",
        company_id=company.id,
        facts={"grant": str(grant.id), "capacity": shared.represented.capacity},
    )
    return issue_token(
        purpose=CODE_PURPOSE,
        subject=str(grant.id),
        bound_to={
            "client_id": opened.client.client_id,
            "redirect_uri": opened.request.redirect_uri,
            "code_challenge": opened.request.code_challenge,
            "dpop_thumbprint": opened.pushed.dpop_thumbprint,
        },
        expires_at=at + CODE_LIFE,
    )


def _remember_consent(
    opened: OpenedRequest, person: Person, company: Company, shared: Shared, at: datetime
) -> None:
    SignInConsent.objects.update_or_create(
        person=person,
        company=company,
        e_service=opened.e_service,
        defaults={"claims_digest": shared.digest},
        create_defaults={"claims_digest": shared.digest, "given_at": at},
    )


def _grant(
    opened: OpenedRequest,
    person: Person,
    company: Company,
    sign_in: PortalSignIn,
    shared: Shared,
    at: datetime,
) -> Grant:
    subject, _ = PairwiseSubject.objects.get_or_create(
        person=person, company=company, sector_identifier=opened.client.sector_identifier
    )
    session, _ = EServiceSession.objects.get_or_create(
        browser_session_id=sign_in.browser_session_id,
        e_service=opened.e_service,
        person=person,
        company=company,
        ended_at=None,
        defaults={"started_at": at},
    )
    return Grant.objects.create(
        session=session,
        subject=subject,
        scopes=list(opened.request.scopes),
        nonce=opened.request.nonce,
        id_token_claims=sorted(opened.request.id_token_claims),
        userinfo_claims=sorted(opened.request.userinfo_claims),
        capacity=shared.represented.capacity,
        firms=[link.ubi for link in shared.represented.chain[:-1]],
        mandates=[link.mandate for link in shared.represented.chain if link.mandate],
        level=sign_in.level,
        methods=list(sign_in.methods),
        authenticated_at=sign_in.at,
        approved_at=at,
    )
