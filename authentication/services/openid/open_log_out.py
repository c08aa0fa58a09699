"""Open an e-service's wish that the person signs out, and find where they may return to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from authentication.models import EService
from authentication.oidc.log_out_request import read_log_out_request, return_address
from authentication.oidc.oauth_errors import InvalidRequest
from authentication.oidc.redirect_uri import is_registered, origin_of
from corpid.errors import Malformed, gettext_noop
from corpid.keys.models import Purpose
from corpid.keys.services.publish_jwks import publish_jwks
from corpid.protocols.jwk import read_key_set


class SignOutLinkBroken(Malformed):
    code = "sign_out_link_broken"
    title = gettext_noop("This link to sign out is not complete.")
    remedy = gettext_noop("To sign out of Corp ID, use the button at the top of any page.")
    oauth_error = "invalid_request"


@dataclass(frozen=True, slots=True)
class OpenedLogOut:
    e_service: EService | None
    address: str | None  # registered, letter by letter

    @property
    def origin(self) -> str | None:
        return origin_of(self.address) if self.address else None


def open_log_out(*, parameters: Mapping[str, str], at: datetime) -> OpenedLogOut:
    """Raise SignOutLinkBroken: then nobody is sent anywhere."""
    keys = read_key_set(publish_jwks([Purpose.OP], at=at))
    try:
        request = read_log_out_request(parameters, issuer=settings.BASE_URL, keys=keys)
    except InvalidRequest as error:
        raise SignOutLinkBroken(error.detail) from error
    if request.client_id is None:
        return OpenedLogOut(None, None)
    e_service = EService.objects.active().filter(client_id=request.client_id).first()
    if e_service is None:
        raise SignOutLinkBroken("unknown or not active")
    if request.return_uri is not None and not is_registered(
        request.return_uri,
        registered=e_service.post_logout_redirect_uris,
        any_loopback_port=settings.SANDBOX,
    ):
        raise SignOutLinkBroken("post_logout_redirect_uri is not registered, letter by letter")
    return OpenedLogOut(e_service, return_address(request))
