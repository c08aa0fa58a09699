"""The browser arrives with a request_uri: from here the request lives for the joint window."""

from datetime import datetime

from django.db import transaction

from authentication.joint_policy import JOINT_WINDOW
from corpid.audit.services.record_event import record_event
from corpid.one_time.services.consume_token import Reason, TokenNotUsable, consume_token
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from prefill.models import PrefillRequest
from prefill.services.push_request import REQUEST_URI_PREFIX, TOKEN_PURPOSE


@transaction.atomic
def receive_browser(*, request_uri: str, at: datetime) -> PrefillRequest:
    """Use the request_uri up. Raises TokenNotUsable, with the row on a second use.

    And PrefillSwitchedOff, which uses nothing up.
    """
    require_function(SwitchedFunction.PREFILL)
    if not request_uri.startswith(REQUEST_URI_PREFIX):
        raise TokenNotUsable(Reason.UNKNOWN)
    token = consume_token(
        purpose=TOKEN_PURPOSE, token=request_uri.removeprefix(REQUEST_URI_PREFIX), at=at
    )
    arrived = PrefillRequest.objects.filter(
        reference=token.subject, state=PrefillRequest.State.REQUESTED
    ).update(
        state=PrefillRequest.State.AWAITING_CONSENT,
        arrived_at=at,
        expires_at=at + JOINT_WINDOW,
    )
    request = PrefillRequest.objects.get(reference=token.subject)
    if arrived:
        record_event(
            kind="prefill.request.arrived",
            at=at,
            actor="browser",  # nobody has signed in yet
            subject=request.subject,
            company_id=request.company_id,
            facts={"expires_at": request.expires_at.isoformat()},
        )
    return request
