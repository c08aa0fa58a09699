"""What an address may hold is decided once, before any door."""

import base64

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from authentication.models import Company
from corpid.api.cursors import CursorMalformed, page_after

pytestmark = pytest.mark.django_db


def addresses(resolver: URLResolver, prefix: str = "/") -> list[str]:
    """List every address of ours that takes a text, with a NUL in its place."""
    found: list[str] = []
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            found += addresses(each, route)
        elif "<" in route and "(?P" not in route:  # Django's own catch-all is a regex
            parts = route.split("<")
            filled = parts[0]
            for part in parts[1:]:
                converter, rest = part.split(">", 1)
                filled += ("1" if converter.startswith("int:") else "a%00b") + rest
            found.append(filled)
    return found


def test_a_nul_in_any_address_names_nothing(client: Client) -> None:
    routes = [route for route in addresses(get_resolver()) if "%00" in route]
    assert len(routes) > 30

    answers = {route: client.get(route).status_code for route in routes}

    assert {route: code for route, code in answers.items() if code != 404} == {}


@pytest.mark.parametrize("query", ["q=%00", "next=%0d%0aSet-Cookie:x", "%1b=1"])
def test_a_control_character_in_a_query_is_refused(client: Client, query: str) -> None:
    assert client.get(f"/sign-in?{query}").status_code == 400
    problem = client.get(f"/api/v1/data-items?{query}")
    assert (problem.status_code, problem["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "9" * 4400},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "１"},
        {"limit": "-1"},
        {"cursor": base64.urlsafe_b64encode(b"[" * 3000).decode()},
        {"cursor": base64.urlsafe_b64encode(b'"\\u0000"').decode()},
        {"cursor": "!"},
        {"cursor": ""},
    ],
)
def test_a_cursor_or_limit_that_is_none_is_malformed(query: dict[str, str]) -> None:
    request = Request(APIRequestFactory().get("/", query))

    with pytest.raises(CursorMalformed):
        page_after(Company.objects.all(), request=request)


@pytest.mark.parametrize(
    "text", [b'"\\ud800"', b'"\\u0000"', b'"\\udfff\\ud800"', b"1", b"null"]
)
def test_a_cursor_that_no_database_could_compare_is_malformed(text: bytes) -> None:
    cursor = base64.urlsafe_b64encode(text).decode().rstrip("=")
    request = Request(APIRequestFactory().get("/", {"cursor": cursor}))

    with pytest.raises(CursorMalformed):
        page_after(Company.objects.all(), request=request, key="ubi", read_key=str)
