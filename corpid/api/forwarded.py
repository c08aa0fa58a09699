"""Whose request a proxy passes on: the rightmost hop that is not one of our own proxies.

Anybody may write X-Forwarded-For. Each proxy appends the address that it saw, so what our own
proxies wrote stands at the right end, and everything left of it is the visitor's own claim.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Some proxies note the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
_HOP = re.compile(
    r"\[(?P<bracketed>[0-9A-Fa-f:.]{2,45})\](?::[0-9]{1,5})?"
    r"|(?P<dotted>[0-9.]{7,15})(?::[0-9]{1,5})?"
    r"|(?P<plain>[0-9A-Fa-f:.]{2,45})"
)


_MOST_PROXIES = 20  # in a row
_BLOCK = 64  # bits: a site has at least so many addresses for itself (RFC 6177)


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses and networks in CIDR form. Raises ValueError, also for the whole world."""
    networks = tuple(ipaddress.ip_network(text.strip()) for text in texts)
    for network in networks:
        if network.prefixlen == 0:
            raise ValueError(f"{network} would let everybody say who they are")
    return networks


def is_within(address: str, networks: Sequence[Network]) -> bool:
    found = _read_hop(address)
    return found is not None and _is_one_of(found, networks)


def client_of(peer: str, forwarded_for: str, *, proxies: Sequence[Network]) -> str:
    """Give the address to hold a request to: the peer's own, unless the peer is our proxy.

    Where a hop can't be read, it is the proxy's that wrote it down: no text of a stranger
    becomes an address.
    """
    client = _read_hop(peer)
    if client is None:
        return peer
    hops = forwarded_for.rsplit(",", _MOST_PROXIES)[-_MOST_PROXIES:] if forwarded_for else []
    while hops and _is_one_of(client, proxies):
        hop = _read_hop(hops.pop())
        if hop is None:
            break
        client = hop
    return str(client)


def _read_hop(text: str) -> Address | None:
    found = _HOP.fullmatch(text.strip(" \t"))
    if found is None:
        return None
    try:
        address = ipaddress.ip_address(found["bracketed"] or found["dotted"] or found["plain"])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_one_of(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


@lru_cache(maxsize=4096)
def block_of(address: str) -> str:
    """Give what one party surely holds: an IPv4 address, or the /64 of an IPv6 address."""
    found = _read_hop(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, _BLOCK), strict=False))
    return str(found or address)
