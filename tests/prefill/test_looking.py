"""To look changes nothing: every page, by GET and HEAD, leaves every table as it was."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern

from corpid.audit.models import Event
from prefill.models import PrefillRequest
from prefill.web.urls import urlpatterns
from tests.prefill.world import PrefillWorld
from tests.signing_in import sign_in_as

COMPLEMENTS = ("", "?request={request}", "?request={request}&preview=1", "?older_than={id}")


@pytest.fixture
def browser(client: Client, world: PrefillWorld) -> Client:
    sign_in_as(client, world.director, company=world.company)
    return client


def everything() -> dict[str, list[str]]:
    """Read every row of every table; a session's end moves with every visit."""
    return {
        model._meta.label: sorted(_told(row) for row in model._default_manager.values())  # noqa: SLF001  Django's public name
        for model in apps.get_models()
        if model is not Session and model._meta.managed and not model._meta.proxy  # noqa: SLF001  Django's public name
    }


def _told(row: dict[str, object]) -> str:
    return str([bytes(one) if isinstance(one, memoryview) else one for one in row.values()])


def pages(*requests: PrefillRequest) -> Iterator[str]:
    """List the addresses of the app, for each of these requests."""
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        route = f"/{pattern.pattern}"
        for request in requests:
            consent = getattr(request, "consent", None)
            about = consent if route.startswith("/consents/") and consent else request
            for complement in COMPLEMENTS:
                yield route.replace("<str:reference>", about.reference) + complement.format(
                    request=request.reference, id=about.id
                )


@pytest.mark.parametrize("method", ["get", "head"])
def test_to_look_at_any_page_changes_nothing(
    browser: Client, world: PrefillWorld, method: str
) -> None:
    pushed = world.push().request
    waiting = world.push(company_id=world.company.id, person_id=world.director.id).request
    fetching = world.arrived()
    world.agree(fetching)
    ready, released = world.fetched(), world.fetched()
    world.collect(released)
    asked = [
        PrefillRequest.objects.described().get(pk=each.pk)
        for each in (pushed, waiting, fetching, ready, released)
    ]
    before = everything()

    answers = {page: getattr(browser, method)(page).status_code for page in pages(*asked)}

    assert everything() == before
    if method == "get":
        assert answers[f"/consents/new?request={waiting.reference}&preview=1"] == 200
        assert answers[f"/consents/{ready.consent.reference}"] == 200
        assert answers[f"/consents/{ready.consent.reference}/withdraw"] == 405


@pytest.mark.parametrize("purpose", ["Sec-Purpose", "Purpose"])
def test_a_browser_that_fetches_ahead_does_not_use_the_address_up(
    browser: Client, world: PrefillWorld, purpose: str
) -> None:
    pushed = world.push()
    events = Event.objects.count()
    address = ("/consents/new", {"request_uri": pushed.request_uri})

    ahead = browser.get(*address, headers={purpose: "prefetch;prerender"})
    head = browser.head(*address)
    assert (ahead.status_code, head.status_code) == (503, 405)
    assert Event.objects.count() == events

    assert browser.get(*address).status_code == 302
    assert Event.objects.count() == events + 1


def test_a_head_of_the_result_uses_nothing_up(client: Client, world: PrefillWorld) -> None:
    request = world.fetched()
    before = everything()

    answer = client.head(f"/api/v1/prefill/requests/{request.reference}/result")

    assert answer.status_code in {401, 403}
    assert everything() == before
