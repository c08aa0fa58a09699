"""Know which e-service calls, by its `private_key_jwt` assertion, which counts once."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.conf import settings

from authentication.models import EService
from authentication.oidc.client_assertion import (
    claimed_client,
    issued_at,
    read_assertion,
    verify_assertion,
)
from authentication.oidc.oauth_errors import InvalidClient, UnauthorizedClient
from authentication.services.openid.find_client import Client, find_client
from corpid.one_time.services.remember_once import (
    IssuedBeforeMemory,
    SeenBefore,
    remember_once,
)


def authenticate_client(*, parameters: Mapping[str, str], at: datetime) -> Client:
    """Authenticate a client of the FAPI issuer. Raises InvalidClient, UnauthorizedClient."""
    assertion = read_assertion(parameters)
    client = find_client(client_id=claimed_client(assertion, parameters=parameters), at=at)
    claims = verify_assertion(
        assertion,
        client_id=client.client_id,
        keys=client.keys,
        issuer=settings.BASE_URL,
        at=at,
    )
    if client.profile != EService.Profile.FAPI2:
        raise UnauthorizedClient("the client belongs to another issuer")
    try:
        remember_once(
            kind="client-assertion",
            party=client.client_id,
            jti=claims["jti"],
            issued_at=issued_at(claims),
            keep_until=datetime.fromtimestamp(claims["exp"], UTC),
            at=at,
        )
    except (SeenBefore, IssuedBeforeMemory) as error:
        raise InvalidClient(f"client assertion: {error}") from error
    return client
