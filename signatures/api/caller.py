"""Who calls, as our models; the token has been checked by then."""

from rest_framework.request import Request

from authentication.models import EService
from authentication.services.find_active_e_service import find_active_e_service
from corpid.api.caller import Caller


def calling(request: Request) -> Caller:
    caller = request.user
    assert isinstance(caller, Caller)  # noqa: S101  a scope was required before this
    return caller


def calling_e_service(request: Request) -> EService:
    """Raise EServiceNotActive for one that was switched off while its token still runs."""
    return find_active_e_service(e_service_id=calling(request).e_service_id)
