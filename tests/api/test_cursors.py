"""Cursors belong to one list and one caller, and the deepest page costs what the first does."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from authentication.models import Company, EService
from corpid.api.caller import Caller
from corpid.api.cursors import CursorMalformed, CursorPage, page_after
from corpid.identifiers import uuid7
from corpid.notices.models import ServiceEvent, WebhookDelivery, WebhookEndpoint
from corpid.portal.openapi import openapi_document
from tests.api.lists import read_to_the_end
from tests.makers import make_company, make_e_service, make_officer, make_person

pytestmark = pytest.mark.django_db

MANY = 205
PERSON = UUID("019a8c1e-7d55-7c41-9c6b-0a4f3b2d1e60")
SEEN_TO_THE_END = {
    "list_companies",
    "list_consents",  # tests/prefill/test_api.py
    "list_events",
    "list_webhook_deliveries",
    "list_webhook_endpoints",
}


def caller_of(e_service: EService, *scopes: str, person_id: UUID | None = None) -> Caller:
    return Caller(
        client_id=e_service.client_id,
        e_service_id=e_service.id,
        scopes=frozenset(scopes),
        person_id=person_id,
    )


def client_of(caller: Caller) -> APIClient:
    client = APIClient()
    client.force_authenticate(user=caller)  # type: ignore[arg-type]  # our users are callers
    return client


def page_of(
    caller: Caller | None, *, address: str = "/api/v1/companies", cursor: str | None = None
) -> CursorPage[Company]:
    query = {"limit": "1"} | ({} if cursor is None else {"cursor": cursor})
    request = Request(APIRequestFactory().get(address, query))
    request.user = caller  # type: ignore[assignment]  # our users are callers
    return page_after(Company.objects.all(), request=request)


@pytest.fixture
def caller() -> Caller:
    return caller_of(make_e_service(), "companies")


@pytest.fixture
def cursor(caller: Caller) -> str:
    for _ in range(3):
        make_company()
    given = page_of(caller).next_cursor
    assert given is not None
    return given


def test_a_cursor_leads_its_own_caller_to_the_next_page(caller: Caller, cursor: str) -> None:
    first, second = page_of(caller), page_of(caller, cursor=cursor)

    assert first.rows[0].id < second.rows[0].id
    assert len({first.rows[0].id, second.rows[0].id, *Company.objects.values_list("id")}) == 5


def test_a_cursor_of_another_client_is_malformed(cursor: str) -> None:
    other = caller_of(make_e_service("other-bank"), "companies")

    with pytest.raises(CursorMalformed):
        page_of(other, cursor=cursor)


def test_a_cursor_of_another_person_is_malformed(caller: Caller, cursor: str) -> None:
    for_a_person = Caller(
        client_id=caller.client_id,
        e_service_id=caller.e_service_id,
        scopes=caller.scopes,
        person_id=PERSON,
    )

    with pytest.raises(CursorMalformed):
        page_of(for_a_person, cursor=cursor)
    with pytest.raises(CursorMalformed):
        page_of(None, cursor=cursor)


def test_a_cursor_of_another_list_is_malformed(caller: Caller, cursor: str) -> None:
    with pytest.raises(CursorMalformed):
        page_of(caller, address="/api/v1/consents", cursor=cursor)


@pytest.mark.parametrize(
    "forge",
    [
        lambda cursor: cursor[:-1] + ("A" if cursor[-1] != "A" else "E"),
        lambda cursor: ("A" if cursor[0] != "A" else "B") + cursor[1:],
        lambda cursor: cursor.split(".")[0],
        lambda cursor: cursor.split(".")[0] + ".",
        lambda cursor: "." + cursor.split(".")[1],
        lambda cursor: cursor + "=",
        lambda cursor: cursor + ".",
        lambda cursor: " " + cursor,
        lambda cursor: cursor * 10,
        lambda cursor: cursor + "é",
    ],
)
def test_a_forged_cursor_is_malformed(caller: Caller, cursor: str, forge: Any) -> None:
    with pytest.raises(CursorMalformed):
        page_of(caller, cursor=forge(cursor))


def test_a_cursor_outlives_the_change_of_the_secret(
    caller: Caller, cursor: str, settings: Settings
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next secret"

    assert page_of(caller, cursor=cursor).rows

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(CursorMalformed):
        page_of(caller, cursor=cursor)


def _two_services() -> Iterator[EService]:
    yield make_e_service("harbour-bank")
    yield make_e_service("other-bank")


def _many_endpoints(e_service: EService) -> list[WebhookEndpoint]:
    return WebhookEndpoint.objects.bulk_create(
        WebhookEndpoint(
            e_service_id=e_service.id,
            url=f"https://forms.example/{number}",
            created_at=timezone.now(),
        )
        for number in range(MANY)
    )


def _many_events(e_service: EService, many: int = MANY) -> list[ServiceEvent]:
    return ServiceEvent.objects.bulk_create(
        ServiceEvent(
            e_service_id=e_service.id,
            type="signature_request.complete",
            occurred_at=timezone.now(),
            position=number + 1,
        )
        for number in range(many)
    )


def test_the_last_page_of_endpoints_is_found_by_its_index() -> None:
    mine, others = _two_services()
    made = [endpoint.id for endpoint in _many_endpoints(mine)]
    _many_endpoints(others)

    found = read_to_the_end(
        client_of(caller_of(mine, "events")),
        "/api/v1/webhook-endpoints",
        table="notices_webhookendpoint",
    )

    assert [row["id"] for row in found.rows] == sorted(made)
    assert found.indexes == {"endpoints_of_an_e_service"}
    assert (found.node_types & {"Seq Scan", "Sort"}, found.thrown_away) == (set(), 0)


def _many_deliveries(e_service: EService, many: int) -> list[WebhookDelivery]:
    """Make every fourth a delivered one."""
    [endpoint, *_] = _many_endpoints(e_service)
    now = timezone.now()
    return WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            id=uuid7(),
            endpoint=endpoint,
            event=event,
            state="pending" if number % 4 else "delivered",
            next_try_at=now if number % 4 else None,
            gives_up_at=now + timedelta(days=1),
            ended_at=None if number % 4 else now,
        )
        for number, event in enumerate(_many_events(e_service, many))
    )


@pytest.mark.parametrize(
    ("query", "states", "index"),
    [
        ("", {"pending", "delivered"}, "deliveries_of_an_endpoint"),
        ("?state=delivered", {"delivered"}, "deliveries_by_state"),
    ],
)
def test_the_last_page_of_deliveries_is_found_by_its_index(
    query: str, states: set[str], index: str
) -> None:
    mine, others = _two_services()
    _many_deliveries(others, 8 * MANY)
    made = _many_deliveries(mine, 5 * MANY)

    found = read_to_the_end(
        client_of(caller_of(mine, "events")),
        f"/api/v1/webhook-endpoints/{made[0].endpoint_id}/deliveries{query}",
        table="notices_webhookdelivery",
    )

    wished = [each for each in made if each.state in states]
    newest_first = sorted(wished, key=lambda delivery: delivery.id, reverse=True)
    assert [row["id"] for row in found.rows] == [each.reference for each in newest_first]
    assert index in found.indexes
    assert (found.node_types & {"Seq Scan", "Sort"}, found.thrown_away) == (set(), 0)


def test_the_last_page_of_events_is_found_by_its_index() -> None:
    mine, others = _two_services()
    made = [event.id for event in _many_events(mine)]
    _many_events(others)

    found = read_to_the_end(
        client_of(caller_of(mine, "events")), "/api/v1/events", table="notices_serviceevent"
    )

    assert [row["id"] for row in found.rows] == made
    assert found.indexes == {"one_event_per_position"}
    assert (found.node_types & {"Seq Scan", "Sort"}, found.thrown_away) == (set(), 0)


def test_the_last_page_of_companies_reads_no_company_of_others() -> None:
    person = make_person()
    Company.objects.bulk_create(
        Company(ubi=str(20_000_000 + number), ubi_kind="brn", kind="local_private")
        for number in range(MANY)
    )
    mine = [make_company() for _ in range(3)]
    for company in mine:
        make_officer(company, person)

    found = read_to_the_end(
        client_of(caller_of(make_e_service(), "companies", person_id=person.id)),
        "/api/v1/companies",
        table="authentication_company",
    )

    assert [row["ubi"] for row in found.rows] == [company.ubi for company in mine]
    assert found.indexes == {"authentication_company_pkey"}
    assert ("Seq Scan" in found.node_types, found.thrown_away) == (False, 0)


def test_every_documented_list_is_read_to_its_end_by_a_test() -> None:
    lists = {
        operation["operationId"]
        for path in openapi_document()["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", [])
        if parameter["name"] in {"cursor", "since"}
    }

    assert lists == SEEN_TO_THE_END
