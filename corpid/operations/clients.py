"""Which e-services can sign people in: told by the app above that knows them."""

from collections.abc import Callable, Mapping

ListClients = Callable[[], Mapping[str, str]]

_listers: list[ListClients] = []


def register_clients(list_clients: ListClients) -> None:
    """`list_clients` gives each client id with a name for caseworkers."""
    _listers.append(list_clients)


def known_clients() -> dict[str, str]:
    return {client_id: name for each in _listers for client_id, name in each().items()}
