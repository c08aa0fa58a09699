"""Scopes: what doors ask for is what metadata lists and what e-services are registered for."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, get_resolver

from authentication.api.discovery import known_scopes
from corpid.demonstration.invention.e_services import E_SERVICES


def required_scopes() -> Iterator[str]:
    """Walk every route of the REST API and collect what its view asks for."""
    waiting: list[Any] = list(get_resolver().url_patterns)
    while waiting:
        route = waiting.pop()
        if not isinstance(route, URLPattern):
            waiting += route.url_patterns
            continue
        view = getattr(route.callback, "cls", None)
        for scopes in getattr(view, "required_scopes", {}).values():
            yield from scopes or ()


def test_every_scope_that_a_door_asks_for_is_listed() -> None:
    assert set(required_scopes()) <= set(known_scopes())
    assert "companies" in set(required_scopes())


def test_every_listed_scope_opens_a_door() -> None:
    assert set(known_scopes()) - {"openid"} == set(required_scopes())


def test_the_sandboxes_e_services_are_registered_for_known_scopes() -> None:
    registered = {scope for e_service in E_SERVICES for scope in e_service.scopes}

    assert registered <= set(known_scopes())
