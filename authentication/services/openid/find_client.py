"""Find an e-service as an OAuth client, with its keys read; kept in the process for 2 s."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from authentication.models import EService
from authentication.oidc.authorization_request import ClientRules
from authentication.oidc.oauth_errors import InvalidClient
from corpid.keys.bounded import Bounded
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from corpid.protocols.jwk import KeyNotUsable, KeySet, read_key_set

_CLIENTS_KEPT = 2048
_SECONDS_KEPT = 2.0  # a client that is suspended is dead everywhere within that
# Cleared where a client changed in this process and the next call must know.
CLIENTS: Bounded[str, "Client"] = Bounded(entries=_CLIENTS_KEPT, seconds=_SECONDS_KEPT)


@dataclass(frozen=True, slots=True)
class Client:
    """An active e-service, as far as OAuth goes."""

    e_service_id: UUID
    rules: ClientRules
    keys: KeySet
    profile: str
    sector_identifier: str
    minimum_level: int

    @property
    def client_id(self) -> str:
        return self.rules.client_id


def find_client(*, client_id: str, at: datetime) -> Client:
    """Raise InvalidClient for one that is unknown, not active, stopped or without keys.

    And SignInSwitchedOff for one whose sign-in is switched off for now: neither people nor the
    e-service itself get in, and its tokens rest.
    """
    require_function(SwitchedFunction.LOGIN, client_id=client_id)
    return CLIENTS.get(client_id, lambda: _load(client_id, at))


def _load(client_id: str, at: datetime) -> Client:
    active = EService.objects.active().unrestricted(at=at)
    e_service = active.filter(client_id=client_id).first()
    if e_service is None:
        raise InvalidClient("unknown or not active")
    if e_service.jwks is None:
        raise InvalidClient("no keys are registered by value; jwks_uri is not fetched")
    try:
        keys = read_key_set(e_service.jwks)
    except KeyNotUsable as error:
        raise InvalidClient(f"registered keys: {error}") from error
    return Client(
        e_service_id=e_service.id,
        rules=ClientRules(
            client_id=e_service.client_id,
            redirect_uris=tuple(e_service.redirect_uris),
            scopes=frozenset(e_service.scopes),
            any_loopback_port=settings.SANDBOX,
        ),
        keys=keys,
        profile=e_service.profile,
        sector_identifier=e_service.sector_identifier,
        minimum_level=e_service.minimum_acr,
    )
