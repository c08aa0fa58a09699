"""A verifier reads what was presented to it, and whether it is in force at this moment."""

from dataclasses import dataclass
from datetime import datetime

import orjson

from authentication.models import EService
from corpid.keys.services.open_record import open_record
from corpid.keys.services.seal_record import SealedRecord
from credentials.models import PresentationRequest
from credentials.services.judge_presentation import JudgedCredential, judge_presentation
from credentials.services.receive_presentation import PURPOSE
from credentials.services.serve_presentation_request import RequestNotFound


@dataclass(frozen=True, slots=True)
class CheckedPresentation:
    request: PresentationRequest
    credentials: tuple[JudgedCredential, ...]
    checked_at: datetime


def check_presentation(
    *, e_service: EService, request_id: str, at: datetime
) -> CheckedPresentation:
    """Judge anew at each call: a licence revoked since then is said to be.

    Raises RequestNotFound for another verifier's request.
    """
    request = PresentationRequest.objects.filter(id=request_id, e_service=e_service).first()
    if request is None:
        raise RequestNotFound(request_id)
    if request.answer is None or request.answered_at is None:
        return CheckedPresentation(request, (), at)
    assert request.wrapped_data_key is not None  # noqa: S101  a constraint ties the two
    answer = open_record(
        purpose=PURPOSE,
        scope_id=str(e_service.id),
        record=request.id,
        sealed=SealedRecord(bytes(request.wrapped_data_key), bytes(request.answer)),
    )
    judged = judge_presentation(
        request=request,
        presentations=orjson.loads(answer),
        presented_at=request.answered_at,
        at=at,
    )
    return CheckedPresentation(request, tuple(judged), at)
