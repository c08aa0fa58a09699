"""Access tokens at our own resources: the API's authentication, and userinfo's.

Every client of the FAPI issuer is bound to a key, so the one scheme is DPoP (RFC 9449, section
7.1); what comes without a proof of that key is refused, whoever sends it.
"""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.encoding import escape_uri_path
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from authentication.oidc.oauth_errors import InvalidRequest, UseDPoPNonce
from authentication.services.openid.fresh_nonce import fresh_nonce
from authentication.services.openid.verify_access_token import (
    VerifiedToken,
    verify_access_token,
)
from corpid.api.caller import Caller
from corpid.errors import NotAuthenticated
from corpid.protocols.jwt import FAPI_ALGORITHMS


class AccessTokenAuthentication(BaseAuthentication):
    """DRF: `request.user` becomes a Caller, `request.auth` the verified token."""

    def authenticate(self, request: Request) -> tuple[Caller, VerifiedToken] | None:
        verified = read_access_token(request, at=timezone.now())
        return None if verified is None else (verified.caller, verified)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  DRF's signature
        return "DPoP"


def read_access_token(request: Request | HttpRequest, *, at: datetime) -> VerifiedToken | None:
    """Verify the token and proof of a request; None if it carries none.

    What it raises carries the headers that the standards want in the answer.
    """
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    try:
        if not token or " " in token:
            raise InvalidRequest("Authorization must be: DPoP <token>")
        return verify_access_token(
            scheme=scheme,
            token=token,
            proof=request.META.get("HTTP_DPOP"),
            method=request.method or "",
            path=escape_uri_path(request.path),
            at=at,
        )
    except NotAuthenticated as error:
        error.headers["WWW-Authenticate"] = challenge(error)
        if isinstance(error, UseDPoPNonce):
            error.headers["DPoP-Nonce"] = fresh_nonce(at=at)
        raise


def challenge(error: NotAuthenticated | None = None) -> str:
    """Write the challenge of RFC 9449, section 7.1, and where to learn more (RFC 9728, 5.1).

    Whoever sent no token at all is told no error (RFC 6750, section 3.1).
    """
    parts = {
        "error": error.oauth_error if error else None,
        "algs": " ".join(sorted(FAPI_ALGORITHMS)),
        "resource_metadata": f"{settings.BASE_URL}/.well-known/oauth-protected-resource/api/v1",
    }
    return "DPoP " + ", ".join(f'{name}="{value}"' for name, value in parts.items() if value)
