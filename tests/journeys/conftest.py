"""The cast of the journeys: e-services with their keys, and people signed in once."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.client import Client
from tests.journeys.portal import Portal
from tests.running import Product

Sandbox = dict[str, Any]
GOLDEN_HARVEST = "Golden Harvest Trading Limited"


@pytest.fixture(scope="session")
def sandbox(running: Product) -> Sandbox:
    return running.sandbox


@pytest.fixture(scope="session")
def client_of(sandbox: Sandbox) -> Callable[[str], Client]:
    """Get the software of an e-service, by its slug."""

    def make(slug: str) -> Client:
        (registered,) = [one for one in sandbox["e_services"] if one["slug"] == slug]
        return Client(
            issuer=sandbox["issuer"],
            client_id=registered["client_id"],
            jwks=registered["private_jwks"],
            redirect_uri=registered["redirect_uris"][0],
        )

    return make


@pytest.fixture(scope="session")
def person_named(sandbox: Sandbox) -> Callable[[str], dict[str, Any]]:
    def find(name: str) -> dict[str, Any]:
        (person,) = [one for one in sandbox["persons"] if one["name_en"] == name]
        return dict(person)

    return find


@pytest.fixture(scope="session")
def portal_of(
    sandbox: Sandbox, person_named: Callable[[str], dict[str, Any]]
) -> Callable[[str], Portal]:
    """Get a person's browser, signed in once for all journeys, acting for their company."""
    portals: dict[str, Portal] = {}

    def find(name: str) -> Portal:
        if name not in portals:
            portals[name] = Portal(sandbox["base_url"])
            page = portals[name].sign_in(person_named(name))
            assert page.status == 200, page.text
        return portals[name]

    return find
