"""The cast of the journeys: e-services with their keys, and people signed in once."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.journeys.client import Client
from tests.journeys.portal import Portal
from tests.running import Product

Sandbox = dict[str, Any]


@pytest.fixture(scope="session")
def sandbox(running: Product) -> Sandbox:
    return running.sandbox


@pytest.fixture(scope="session")
def open_connections() -> Iterator[ExitStack]:
    """Close every browser and client at the end."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def client_of(sandbox: Sandbox, open_connections: ExitStack) -> Callable[[str], Client]:
    """Get the software of an e-service, by its slug."""

    def make(slug: str) -> Client:
        (registered,) = [one for one in sandbox["e_services"] if one["slug"] == slug]
        client = Client(
            issuer=sandbox["issuer"],
            client_id=registered["client_id"],
            jwks=registered["private_jwks"],
            redirect_uri=registered["redirect_uris"][0],
        )
        open_connections.callback(client.http.close)
        return client

    return make


@pytest.fixture(scope="session")
def person_named(sandbox: Sandbox) -> Callable[[str], dict[str, Any]]:
    def find(name: str) -> dict[str, Any]:
        (person,) = [one for one in sandbox["persons"] if one["name_en"] == name]
        return dict(person)

    return find


@pytest.fixture(scope="session")
def new_portal(sandbox: Sandbox, open_connections: ExitStack) -> Callable[[], Portal]:
    """Open a browser in which nobody has signed in."""

    def make(language: str = "en") -> Portal:
        portal = Portal(sandbox["base_url"], language=language)
        open_connections.callback(portal.http.close)
        return portal

    return make


@pytest.fixture(scope="session")
def portal_of(
    new_portal: Callable[[], Portal], person_named: Callable[[str], dict[str, Any]]
) -> Callable[[str], Portal]:
    """Get a person's browser, signed in once for all journeys, acting for their company."""
    portals: dict[str, Portal] = {}

    def find(name: str) -> Portal:
        if name not in portals:
            portals[name] = new_portal()
            page = portals[name].sign_in(person_named(name))
            assert page.status == 200, page.text
        return portals[name]

    return find
