"""Bring a wallet's answer to whoever asked."""

from datetime import datetime

from django.conf import settings

from corpid.errors import NotAvailable, gettext_noop
from corpid.meters.counted import CallPurpose
from corpid.outbound.client import Answer, guarded_client
from credentials.openid4vp import PresentationRequest
from credentials.services.receive_presentation import receive_presentation

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class VerifierDidNotTake(NotAvailable):
    code = "verifier_did_not_take"
    title = gettext_noop("Whoever asked did not take the answer.")
    remedy = gettext_noop("Ask them for a new request. What was sent is in the licence's log.")


def deliver_answer(*, request: PresentationRequest, body: bytes, at: datetime) -> Answer:
    """Post the answer: to ourselves by a call, to others by HTTP."""
    own = f"{settings.BASE_URL}/openid4vp/responses/"
    if request.response_uri.startswith(own):
        request_id = request.response_uri.removeprefix(own)
        receive_presentation(request_id=request_id, body=body, at=at)
        return Answer(200, {}, b"{}")
    return guarded_client().request(
        "POST",
        request.response_uri,
        headers=_FORM,
        content=body,
        purpose=CallPurpose.PRESENTATION_ANSWER,
    )
