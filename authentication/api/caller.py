"""Who calls: the bearer of the access token, which has been checked by then."""

from django.utils import timezone
from rest_framework.request import Request

from authentication.models import EService
from authentication.services.find_active_e_service import find_active_e_service
from corpid.api.caller import Caller


def calling(request: Request) -> Caller:
    caller = request.user
    assert isinstance(caller, Caller)  # noqa: S101  a scope was required before this
    return caller


def calling_e_service(request: Request, *, power: str | None = None) -> EService:
    """Raise EServiceNotActive for one switched off, or restricted in what it calls for."""
    return find_active_e_service(
        e_service_id=calling(request).e_service_id, at=timezone.now(), power=power
    )
