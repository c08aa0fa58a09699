"""How often one address and one e-service may call, whatever it is that they call.

An address is counted before anybody asks who calls, so a flood of wrong tokens or of none is
refused without a look into the database. Once a client has proven itself, the call is its own:
the address's count is taken back. So e-services behind one address (a data centre's) don't use
up each other's calls, and each is held to its own limit wherever it calls from.
"""

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest

from corpid.api.call_counts import CallCounts, Tally
from corpid.api.forwarded import block_of
from corpid.errors import TooMany, gettext_noop

_ASKED_BESIDE_THE_PROXY = frozenset({"/healthz", "/readyz", "/servez", "/metrics"})
# What whole offices read from behind one address: kept copies, and no token of anybody's.
_READ_BY_ANYBODY = (
    *("/.well-known/", "/oidc/.well-known/", "/pki/", "/status-lists", "/audit/"),
    *("/issuers/", "/credential-types/"),
)
_MAKES_A_SIGNATURE = "/pki/tsa"

_calls = CallCounts("address")
_reads = CallCounts("reader")
_clients = CallCounts("client")


class TooManyRequests(TooMany):
    code = "too_many_requests"
    title = gettext_noop("Too many requests.")
    remedy = gettext_noop("Wait for the time in the Retry-After header, then go on.")
    oauth_error = "temporarily_unavailable"

    def __init__(self, wait: float) -> None:
        super().__init__(f"wait {wait:.0f} s")
        self.headers["Retry-After"] = str(int(wait) + 1)


class _Counted(NamedTuple):
    counts: CallCounts
    tally: Tally


def limit_address(request: HttpRequest) -> None:
    """Count a call of a machine route under its address. Raises TooManyRequests."""
    path = request.path
    counts, allowed = _calls, settings.CALLS_A_MINUTE_OF_AN_ADDRESS
    if not path.startswith("/api/"):
        if path in _ASKED_BESIDE_THE_PROXY:
            return
        if path.startswith(_READ_BY_ANYBODY) and path != _MAKES_A_SIGNATURE:
            counts, allowed = _reads, settings.READS_A_MINUTE_OF_AN_ADDRESS
    verdict = counts.let_through(block_of(request.META.get("REMOTE_ADDR", "")), allowed)
    if verdict.wait:
        raise TooManyRequests(verdict.wait)
    request.counted_call = _Counted(counts, verdict.tally)  # type: ignore[attr-defined]  # ours


def limit_client(request: HttpRequest, *, client_id: str) -> None:
    """Let a client that has proven itself answer for the call. Raises TooManyRequests."""
    counted: _Counted | None = getattr(request, "counted_call", None)
    if counted is not None:
        counted.counts.take_back(counted.tally)
        request.counted_call = None  # type: ignore[attr-defined]  # ours
    verdict = _clients.let_through(client_id, settings.CALLS_A_MINUTE_OF_A_CLIENT)
    if verdict.wait:
        raise TooManyRequests(verdict.wait)


def forget_calls() -> None:
    """Forget what this process counted by itself."""
    for counts in (_calls, _reads, _clients):
        counts.forget()
