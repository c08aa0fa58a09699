"""Take an authorization request from the e-service itself, before the browser (RFC 9126)."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from authentication.models import PushedRequest
from authentication.oidc.authorization_request import read_authorization_request
from authentication.oidc.claims import api_resource
from authentication.oidc.oauth_errors import InvalidDPoPProof
from authentication.services.openid.find_client import Client

REQUEST_LIFE = timedelta(seconds=90)
URN = "urn:ietf:params:oauth:request_uri:"
_CREDENTIALS = frozenset({"client_assertion", "client_assertion_type"})


@dataclass(frozen=True, slots=True)
class Pushed:
    request_uri: str
    expires_in: int


def push_request(
    *,
    client: Client,
    parameters: Mapping[str, str],
    thumbprint: str | None,
    at: datetime,
) -> Pushed:
    """Check the request whole, so that whoever sees it fail is its maker.

    `thumbprint` is that of a DPoP proof sent along; it must agree with `dpop_jkt` (RFC 9449,
    section 10.1).
    """
    request = read_authorization_request(
        parameters, rules=client.rules, resource=api_resource(settings.BASE_URL)
    )
    if None not in {thumbprint, request.dpop_thumbprint} and (
        thumbprint != request.dpop_thumbprint
    ):
        raise InvalidDPoPProof("dpop_jkt is not the key of the DPoP proof")
    reference = secrets.token_urlsafe(32)
    PushedRequest.objects.create(
        reference_hash=hashlib.sha256(reference.encode()).digest(),
        e_service_id=client.e_service_id,
        parameters={
            name: value for name, value in parameters.items() if name not in _CREDENTIALS
        },
        dpop_thumbprint=thumbprint or request.dpop_thumbprint or "",
        pushed_at=at,
        expires_at=at + REQUEST_LIFE,
    )
    return Pushed(URN + reference, int(REQUEST_LIFE.total_seconds()))
