"""Open a pushed request when the browser arrives with its reference."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from authentication.models import EService, PushedRequest
from authentication.oidc.authorization_request import (
    AuthorizationRequest,
    read_authorization_request,
)
from authentication.oidc.claims import api_resource
from authentication.oidc.oauth_errors import InvalidClient
from authentication.powers import SIGN_IN
from authentication.services.openid.find_client import Client, find_client
from authentication.services.openid.push_request import URN
from corpid.errors import Gone, Malformed, gettext_noop

PATIENCE = timedelta(minutes=30)  # for a person to sign in, from the first visit


class SignInLinkBroken(Malformed):
    code = "sign_in_link_broken"
    title = gettext_noop("This sign-in link is not complete.")
    remedy = gettext_noop("Go back to the e-service and begin the sign-in there again.")
    oauth_error = "invalid_request_uri"


class SignInLinkEnded(Gone):
    code = "sign_in_link_ended"
    title = gettext_noop("This sign-in has ended or was already completed.")
    remedy = gettext_noop("Go back to the e-service and begin the sign-in there again.")
    oauth_error = "invalid_request_uri"


@dataclass(frozen=True, slots=True)
class OpenedRequest:
    pushed: PushedRequest
    request: AuthorizationRequest
    client: Client
    e_service: EService


def open_request(
    *, client_id: str, request_uri: str, knows_it: bool, at: datetime
) -> OpenedRequest:
    """Find the request and read it anew under the client's present registration.

    `knows_it` says that this browser came in time before: then the request waits for its person
    to sign in. Raises SignInLinkBroken, SignInLinkEnded; where the registration has changed,
    InvalidClient and the errors of the request. None of them may be sent to the e-service.
    """
    reference = request_uri.removeprefix(URN)
    pushed = (
        PushedRequest.objects.filter(
            reference_hash=hashlib.sha256(reference.encode()).digest(),
            e_service__client_id=client_id,
        )
        .select_related("e_service")
        .first()
    )
    if pushed is None or not request_uri.startswith(URN):
        raise SignInLinkBroken("no such request of this client")
    _check_life(pushed, knows_it=knows_it, at=at)
    client = find_client(client_id=client_id, at=at)
    e_services = EService.objects.unrestricted(at=at, power=SIGN_IN)
    if not e_services.filter(pk=client.e_service_id).exists():
        raise InvalidClient("unknown or not active")  # why is not its to read
    request = read_authorization_request(
        pushed.parameters, rules=client.rules, resource=api_resource(settings.BASE_URL)
    )
    if pushed.visited_at is None:
        PushedRequest.objects.filter(id=pushed.id, visited_at=None).update(visited_at=at)
        pushed.visited_at = at
    return OpenedRequest(pushed, request, client, pushed.e_service)


def _check_life(pushed: PushedRequest, *, knows_it: bool, at: datetime) -> None:
    if pushed.used_at is not None:
        raise SignInLinkEnded("answered before")
    if at < pushed.expires_at:
        return
    if not knows_it or pushed.visited_at is None or at > pushed.visited_at + PATIENCE:
        raise SignInLinkEnded("expired")
