"""The e-service that calls, as our model; its token has been checked by then."""

from rest_framework.request import Request

from authentication.models import EService
from corpid.api.caller import Caller
from prefill.services.push_request import EServiceNotActive


def calling(request: Request) -> Caller:
    caller = request.user
    assert isinstance(caller, Caller)  # noqa: S101  a scope was required before this
    return caller


def calling_e_service(request: Request) -> EService:
    """Raise EServiceNotActive for one that was switched off while its token still runs."""
    e_service = EService.objects.active().filter(pk=calling(request).e_service_id).first()
    if e_service is None:
        raise EServiceNotActive(calling(request).client_id)
    return e_service
