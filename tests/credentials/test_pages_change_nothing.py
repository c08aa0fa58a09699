"""Looking at the wallet changes nothing: whoever follows a link, or an image's address, or asks
with HEAD, leaves no row and no event behind."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern

from authentication.models import Company
from credentials.models import Credential, CredentialState
from credentials.web.urls import urlpatterns
from tests.credentials.conftest import World, enrol
from tests.credentials.test_pages import ask, issue, link_of
from tests.makers import make_company, make_officer
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db


def everything() -> dict[str, list[Any]]:
    """Read every row of every table."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())  # noqa: SLF001  Django's documented _meta
        for model in apps.get_models(include_auto_created=True)
    }


def names() -> set[str]:
    """Name the pages that there are, so that a new one is not forgotten here."""
    return {str(pattern.name) for pattern in urlpatterns if isinstance(pattern, URLPattern)}


@pytest.fixture
def newcomer(world: World, client: Client) -> Company:
    """A company for which a licence was held, enrolled a moment ago, its director signed in."""
    company = make_company("Newcomer Limited")
    make_officer(company, world.director)
    issue(world, ubi=company.ubi, claims=world.claims(company))
    enrol(company)
    issue(world, ubi=company.ubi, claims=world.claims(company))
    sign_in_as(client, world.director, company=company)
    return company


@pytest.mark.parametrize("method", ["get", "head"])
def test_no_page_of_the_wallet_changes_anything_when_it_is_looked_at(
    world: World, client: Client, newcomer: Company, method: str
) -> None:
    card = Credential.objects.in_wallet().get(company=newcomer)
    held = Credential.objects.get(holder_ubi=newcomer.ubi, state=CredentialState.HELD)
    addresses: dict[str, list[str]] = {
        "wallet": ["/wallet"],
        "card": [f"/wallet/{card.id}", f"/wallet/{held.id}"],
        "present": [
            "/wallet/present",
            "/wallet/present?sent=prs_unknown",
            f"/wallet/present?{urlencode({'link': link_of(ask(world))})}",
            f"/wallet/present?{urlencode({'link': link_of(ask(world, ['colour']))})}",
        ],
    }
    assert addresses.keys() == names()
    before = everything()

    answers = [
        getattr(client, method)(address) for found in addresses.values() for address in found
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 404, 200, 302, 200, 200]
    assert everything() == before


def test_the_comparison_sees_a_change(world: World) -> None:
    before = everything()

    issue(world)

    assert everything() != before
