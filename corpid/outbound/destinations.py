"""Where a call may go: the address as written, then every address that its name resolves to.

What is written is judged strictly, because two readers of one URL that disagree are the oldest
way around such a guard (WHATWG URL against RFC 3986). What it resolves to is judged by the IANA
special-purpose registries (RFC 6890 and its successors): the public internet and nothing else.
"""

import ipaddress
import re
from dataclasses import dataclass

from corpid.errors import Invalid, gettext_noop

_PRINTABLE_ASCII = re.compile(r"[\x21-\x7e]{1,2000}\Z")
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]{1,253})"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<target>/[^#\\]*|\?[^#\\]*)?\Z"
)
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_DEFAULT_PORT = {"http": 80, "https": 443}
_PUBLIC_PORTS = frozenset({443, 8443})

# IPv6 space that is global by form and leads elsewhere: Teredo and other IETF protocol
# assignments, documentation, 6to4 (carries any IPv4 address inside), documentation again.
_IPV6_PUBLIC = ipaddress.ip_network("2000::/3")
_IPV6_SPECIAL = tuple(
    ipaddress.ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_IPV4_SPECIAL = tuple(
    ipaddress.ip_network(block)
    for block in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4")
)


class DestinationRefused(Invalid):
    code = "destination_refused"
    title = gettext_noop("We do not call this address.")
    remedy = gettext_noop(
        "Give an https address of a public host, on port 443 or 8443, without user name,"
        " password or fragment."
    )


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL taken apart once; nobody parses it again after this."""

    scheme: str
    host: str  # lower case; without the brackets of an IPv6 address
    port: int
    target: str  # path and query

    @property
    def is_named_loopback(self) -> bool:
        """Whether the URL itself says loopback: a name that merely resolves there does not."""
        return self.host in {"localhost", "127.0.0.1", "::1"}

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORT[self.scheme] else f"{host}:{self.port}"


def read_destination(
    url: str, *, allow_loopback: bool, allowed_hosts: frozenset[str] | None = None
) -> Destination:
    """Judge the address as written. Raises DestinationRefused.

    `allowed_hosts` holds `host` or `host:port`; None means that no list exists for this call.
    """
    found = _URL.match(url) if _PRINTABLE_ASCII.match(url) else None
    if found is None:
        raise DestinationRefused("not an http(s) URL of host, port, path and query")
    scheme, host = found["scheme"], found["host"].lower().strip("[]")
    target = found["target"] or "/"
    destination = Destination(
        scheme=scheme,
        host=host,
        port=int(found["port"] or _DEFAULT_PORT[scheme]),
        target=target if target.startswith("/") else "/" + target,
    )
    _judge_list(destination, allowed_hosts)
    if allow_loopback and destination.is_named_loopback:
        return destination
    if scheme != "https":
        raise DestinationRefused("not https")
    if destination.port not in _PUBLIC_PORTS:
        raise DestinationRefused(f"port {destination.port}")
    _judge_number(destination.host)
    return destination


def _judge_number(host: str) -> None:
    """Refuse at once what names no public host by its digits, in forms of inet_aton(3) too."""
    if ":" not in host and not _NUMBER.match(host.rsplit(".", 1)[-1]):
        return
    try:
        leads_outside = is_public(host)
    except ValueError:
        leads_outside = False
    if not leads_outside:
        raise DestinationRefused(f"{host} is not of the public internet")


def _judge_list(destination: Destination, allowed_hosts: frozenset[str] | None) -> None:
    if allowed_hosts is None:
        return
    if not {destination.host, f"{destination.host}:{destination.port}"} & allowed_hosts:
        raise DestinationRefused("host not on the allow-list of this call")


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet, and only there."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6:  # noqa: PLR2004  the version of the protocol
        # Mapped, compatible, NAT64 and local forms all lie outside 2000::/3.
        return ip in _IPV6_PUBLIC and not any(ip in block for block in _IPV6_SPECIAL)
    return ip.is_global and not any(ip in block for block in _IPV4_SPECIAL)


def judge_addresses(
    destination: Destination, addresses: list[str], *, allow_loopback: bool
) -> None:
    """Refuse a name if any of its addresses is not public: one of them could be the next pick.

    Raises DestinationRefused.
    """
    if not addresses:
        raise DestinationRefused("resolves to nothing")
    if allow_loopback and destination.is_named_loopback:
        if all(address in {"127.0.0.1", "::1"} for address in addresses):
            return
        raise DestinationRefused("loopback by name, elsewhere by address")
    for address in addresses:
        if not is_public(address):
            raise DestinationRefused(f"{destination.host} resolves to {address}")
