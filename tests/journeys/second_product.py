"""Stand a second product in the place of the one that the other tests share."""

import pytest

from tests.journeys import portal
from tests.journeys.conftest import (
    client_of,
    new_portal,
    open_connections,
    person_named,
    portal_of,
    sandbox,
)

__all__ = [
    "client_of",
    "codes_given",
    "new_portal",
    "open_connections",
    "other_phones",
    "person_named",
    "portal_of",
    "sandbox",
]


@pytest.fixture(scope="session")
def codes_given() -> dict[str, int]:
    return {}


@pytest.fixture(autouse=True)
def other_phones(codes_given: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Count one-time codes anew: this product has seen none of those given to the other."""
    monkeypatch.setattr(portal, "_spent", codes_given)
