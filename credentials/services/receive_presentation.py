"""Take a wallet's answer to a verifier's question (direct_post)."""

import hmac
from datetime import datetime

import orjson
from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Invalid, gettext_noop
from corpid.keys.services.seal_record import seal_record
from corpid.notices.services.tell_e_service import tell_e_service
from credentials.models import PresentationRequest
from credentials.openid4vp import PresentationResponse, read_response
from credentials.services.serve_presentation_request import RequestNotFound, RequestOver
from credentials.services.verify_presentations import verify_presentations

PURPOSE = "presentation_answer"


class StateDoesNotMatch(Invalid):
    code = "presentation_state_does_not_match"
    title = gettext_noop("The answer does not belong to this request.")
    remedy = gettext_noop("Send the state of the request back unchanged.")
    oauth_error = "invalid_request"


@transaction.atomic
def receive_presentation(*, request_id: str, body: bytes, at: datetime) -> PresentationRequest:
    """Keep an answer that stands up; the first one counts, a second finds the request over.

    What does not stand up changes nothing, so that nobody can spoil a request with rubbish.
    Whether the credential is in force is asked when the verifier reads the answer.
    Raises RequestNotFound, RequestOver, ResponseMalformed, StateDoesNotMatch, and what
    verify_presentations raises.
    """
    request = (
        PresentationRequest.objects.select_for_update(of=("self",))
        .filter(id=request_id)
        .select_related("e_service")
        .first()
    )
    if request is None:
        raise RequestNotFound(request_id)
    if not request.is_open(at=at):
        raise RequestOver(request.state)
    response = read_response(body)
    state = response.state or ""
    if not hmac.compare_digest(state.encode(), request.state_parameter.encode()):
        raise StateDoesNotMatch
    if response.error is not None:
        _refuse(request, response, at)
    else:
        verify_presentations(
            request=request, presentations=response.presentations, presented_at=at
        )
        _answer(request, response, at)
    tell_e_service(
        e_service_id=request.e_service_id,
        type="presentation_request.answered",
        data={"id": request.id},
        at=at,
    )
    record_event(
        kind=f"credentials.presentation.{request.state}",
        at=at,
        actor="wallet",
        subject=f"presentation-request:{request.id}",
        facts={"parts": [*response.presentations], "error": response.error},
    )
    return request


def _refuse(request: PresentationRequest, response: PresentationResponse, at: datetime) -> None:
    request.state = PresentationRequest.State.REFUSED
    request.answered_at = at
    request.refusal = response.error or ""
    request.save(update_fields=["state", "answered_at", "refusal"])


def _answer(request: PresentationRequest, response: PresentationResponse, at: datetime) -> None:
    sealed = seal_record(
        purpose=PURPOSE,
        scope_id=str(request.e_service_id),
        record=request.id,
        plaintext=orjson.dumps(response.presentations),
    )
    request.state = PresentationRequest.State.ANSWERED
    request.answered_at = at
    request.wrapped_data_key = sealed.wrapped_data_key
    request.answer = sealed.body
    request.save(update_fields=["state", "answered_at", "wrapped_data_key", "answer"])
