"""Finding free ports and keeping them from a second supervisor that starts at this moment.

granian's workers bind with SO_REUSEPORT, so a second server of the same user would silently
share the port. Each port that we chose is therefore claimed under a name that the kernel gives
to one socket only (an abstract Unix socket), and lets go when the process ends.
"""

import errno
import socket

_HIGHEST = 65535
_LOOPBACK = ("127.0.0.1", "::1")


class NoPortFree(RuntimeError):
    """Every port from the wished one upwards is taken."""


class Ports:
    """The ports that this process has claimed."""

    def __init__(self) -> None:
        self._claims: list[socket.socket] = []
        self.addresses = loopback_addresses()

    def claim(self, wished: int) -> int:
        """Claim the wished port, or the next one that is free on every loopback address."""
        for port in range(wished, _HIGHEST + 1):
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                claim.bind(f"\0corpid-port-{port}")
            except OSError:
                claim.close()
                continue
            if all(_is_free(address, port) for address in self.addresses):
                self._claims.append(claim)
                return port
            claim.close()
        raise NoPortFree(f"No port is free from {wished} upwards.")

    def close(self) -> None:
        """Let go of every claim; the end of the process does it too."""
        for claim in self._claims:
            claim.close()


def loopback_addresses() -> list[str]:
    """Return this machine's loopback addresses, first the one that `localhost` names first."""
    named = socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)
    found = [str(address[0]) for *_, address in named]
    wanted = [address for address in dict.fromkeys(found) if address in _LOOPBACK]
    wanted += [address for address in _LOOPBACK if address not in wanted]
    return [address for address in wanted if _exists(address)]


def _exists(address: str) -> bool:
    with socket.socket(_family(address), socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                return False
            raise
    return True


def _is_free(address: str, port: int) -> bool:
    with socket.socket(_family(address), socket.SOCK_STREAM) as probe:
        # Connections of an earlier run that wait to be forgotten are in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
