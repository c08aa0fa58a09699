"""The e-service that calls, as our model; its token has been checked by then."""

from django.utils import timezone
from rest_framework.request import Request

from authentication.models import EService
from authentication.services.find_active_e_service import find_active_e_service
from corpid.api.caller import Caller
from prefill.powers import CONSENT


def calling(request: Request) -> Caller:
    caller = request.user
    assert isinstance(caller, Caller)  # noqa: S101  a scope was required before this
    return caller


def calling_e_service(request: Request) -> EService:
    """Raise EServiceNotActive for one switched off or restricted while its token runs."""
    return find_active_e_service(
        e_service_id=calling(request).e_service_id, at=timezone.now(), power=CONSENT
    )
