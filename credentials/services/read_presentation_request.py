"""Fetch what a verifier asks, prove who it is, and find what in the wallet answers."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings

from authentication.models import Company, EService, Person
from authentication.services.check_power import check_power
from corpid.errors import Invalid, NotAvailable, gettext_noop
from corpid.meters.counted import CallPurpose
from corpid.one_time.services.sign_token import sign_token
from corpid.outbound.client import guarded_client
from credentials.dcql import Answers
from credentials.openid4vp import (
    REQUEST_MEDIA_TYPE,
    PresentationLink,
    PresentationRequest,
    read_link,
)
from credentials.powers import PRESENT_CREDENTIAL
from credentials.services.find_registered_verifier import find_registered_verifier
from credentials.services.match_wallet import Held, match_wallet
from credentials.services.serve_presentation_request import serve_presentation_request
from credentials.services.verify_request_object import verify_request_object

CONSENT_PURPOSE = "credentials.present"
TIME_TO_DECIDE = timedelta(minutes=10)
PRESENT_PAGE = "/wallet/present"


class VerifierNotAnswering(Invalid):  # the address was given to us: not our outage
    code = "verifier_not_answering"
    title = gettext_noop("Whoever asks does not hand out the request.")
    remedy = gettext_noop("Try again in a minute, or ask for a new request.")


@dataclass(frozen=True, slots=True)
class PendingPresentation:
    """What a person decides about. `consent` is used up by the answer, whichever it is."""

    request: PresentationRequest
    e_service: EService | None  # who asks, if registered with us
    answers: Answers
    held: dict[str, Held]
    consent: str


def read_presentation_request(
    *, person: Person, company: Company, link_text: str, at: datetime
) -> PendingPresentation:
    """Prepare the decision; nothing leaves.

    Raises LinkMalformed, VerifierNotAnswering, and what read_request and check_power raise.
    """
    check_power(person=person, company=company, power=PRESENT_CREDENTIAL, at=at)
    link = read_link(link_text, own_page=f"{settings.BASE_URL}{PRESENT_PAGE}")
    wallet_nonce = secrets.token_urlsafe(24) if link.uses_post else None
    request_object = _fetch(link, wallet_nonce, at)
    request = verify_request_object(
        request_object=request_object, link=link, wallet_nonce=wallet_nonce, at=at
    )
    held, answers = match_wallet(request=request, company=company, at=at)
    consent = sign_token(
        purpose=CONSENT_PURPOSE,
        subject=str(person.id),
        bound_to={
            "company": str(company.id),
            "client_id": link.client_id,
            "request_uri": link.request_uri,
            "wallet_nonce": wallet_nonce,
            "request_object": request_object,
        },
        expires_at=at + TIME_TO_DECIDE,
    )
    return PendingPresentation(
        request,
        find_registered_verifier(verifier=request.verifier),
        answers,
        held,
        consent,
    )


def _fetch(link: PresentationLink, wallet_nonce: str | None, at: datetime) -> str:
    """Get the request object: from ourselves by a call, from others by HTTP."""
    own = f"{settings.BASE_URL}/openid4vp/requests/"
    if link.request_uri.startswith(own):
        return serve_presentation_request(
            request_id=link.request_uri.removeprefix(own), at=at, wallet_nonce=wallet_nonce
        )
    headers = {"Accept": REQUEST_MEDIA_TYPE}
    content = None
    if wallet_nonce is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        content = urlencode({"wallet_nonce": wallet_nonce}).encode()
    try:
        answer = guarded_client().request(
            "GET" if content is None else "POST",
            link.request_uri,
            headers=headers,
            content=content,
            purpose=CallPurpose.PRESENTATION_REQUEST,
        )
    except NotAvailable as error:
        raise VerifierNotAnswering(str(error)) from error
    if answer.status != 200 or not answer.content.isascii():  # noqa: PLR2004  HTTP's own number
        raise VerifierNotAnswering(f"{answer.status}")
    return answer.content.decode("ascii").strip()
