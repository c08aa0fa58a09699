"""Know which e-service calls, by its `private_key_jwt` assertion, which counts once."""

from collections.abc import Mapping
from dataclasses import dataclass
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
from authentication.services.openid.demand_proof import demand_proof
from authentication.services.openid.find_client import Client, find_client
from corpid.api.call_counts import CallCounts
from corpid.api.call_limits import TooManyRequests
from corpid.api.forwarded import block_of
from corpid.errors import gettext_noop
from corpid.one_time.services.remember_once import (
    IssuedBeforeMemory,
    SeenBefore,
    remember_once,
)
from corpid.protocols.jwt import Claims

FAILURES = CallCounts("failed client")
_FAILURES_A_MINUTE = 30  # of one client from one address
_NAME_LENGTH = 200  # counted names are short, whatever a client calls itself


class TooManyFailures(TooManyRequests):
    code = "too_many_failed_authentications"
    title = gettext_noop("This client failed to authenticate too often from this address.")
    remedy = gettext_noop(
        "Check its key, its clock and its jti, wait for the time in the Retry-After header, "
        "then go on. From other addresses it may go on at once."
    )


@dataclass(frozen=True, slots=True)
class AuthenticatedClient:
    client: Client
    thumbprint: str  # of the key that its DPoP proof shows; empty without one


def authenticate_client(
    *,
    parameters: Mapping[str, str],
    proof: str | None,
    needs_proof: bool,
    path: str,
    address: str,
    at: datetime,
) -> AuthenticatedClient:
    """Authenticate a client of the FAPI issuer, with the DPoP proof that it sends along.

    1. Not if it failed too often from this address; failures elsewhere are not its own.
    2. The assertion holds.
    3. The proof holds. If it lacks our nonce, the client sends the same request again with it
       (RFC 9449, section 8), and some send the same assertion: so far it is not used up.
    4. The assertion is used up.

    Raises InvalidClient, UnauthorizedClient, InvalidDPoPProof, UseDPoPNonce, TooManyFailures.
    """
    assertion = read_assertion(parameters)
    client_id = claimed_client(assertion, parameters=parameters)
    counted_as = f"{block_of(address)} {client_id}"[:_NAME_LENGTH]
    wait = FAILURES.wait(counted_as, _FAILURES_A_MINUTE)  # 1
    if wait:
        raise TooManyFailures(wait)
    try:
        client = find_client(client_id=client_id, at=at)
        claims = verify_assertion(  # 2
            assertion,
            client_id=client.client_id,
            keys=client.keys,
            issuer=settings.BASE_URL,
            at=at,
        )
        if client.profile != EService.Profile.FAPI2:
            raise UnauthorizedClient("the client belongs to another issuer")
        thumbprint = ""
        if needs_proof or proof is not None:  # 3
            thumbprint = demand_proof(header=proof, method="POST", path=path, at=at)
        _use_up(client, claims, at)  # 4
    except InvalidClient:
        FAILURES.let_through(counted_as, _FAILURES_A_MINUTE)
        raise
    return AuthenticatedClient(client, thumbprint)


def _use_up(client: Client, claims: Claims, at: datetime) -> None:
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
