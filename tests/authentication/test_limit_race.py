"""Fifty at once, at two e-services, for a limit that has room for ten: ten succeed."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from threading import Barrier
from typing import Any

import httpx2
import psycopg2
import pytest

from tests.journeys.client import Client
from tests.journeys.portal import Portal
from tests.running import Product

AT_ONCE, ROOM, EACH = 50, 10, 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """An e-service at which the agent has signed in."""

    client: Client
    token: str
    base_url: str

    def post(self, path: str, body: dict[str, Any]) -> httpx2.Response:
        address = f"{self.base_url}/api/v1/authority/reservations{path}"
        return self.client.call(self.token, "POST", address, json=body)

    def reserve(self, reference: str) -> httpx2.Response:
        amount = {"value": f"{EACH}.00", "currency": "HKD"}
        body = {"power": "corpid.sign_in", "amount": amount, "reference": reference}
        return self.post("", body)


def in_database(product: Product, sql: str, *values: object) -> list[Any]:
    connection = psycopg2.connect(product.environment["MIGRATION_DATABASE_URL"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def mandate(running: Product) -> tuple[str, str]:
    """One by which ABC Secretaries acts for a company of the sandbox: its id, and the UBI."""
    [(mandate, ubi)] = in_database(
        running,
        "SELECT mandate.id, company.ubi FROM authentication_mandate mandate"
        " JOIN authentication_company company ON company.id = mandate.principal_id"
        " WHERE company.status = 'live' ORDER BY company.ubi LIMIT 1",
    )
    return str(mandate), str(ubi)


def taken_of(running: Product, mandate: str) -> Decimal:
    [(taken,)] = in_database(
        running,
        "SELECT coalesce(sum(coalesce(captured_value, value)), 0)"
        " FROM authentication_limituse used"
        " JOIN authentication_limituse_mandates counted ON counted.limituse_id = used.id"
        " WHERE counted.mandate_id = %s AND state IN ('reserved', 'captured')",
        mandate,
    )
    return Decimal(taken)


@pytest.fixture
def taken_before(running: Product, mandate: tuple[str, str]) -> Iterator[Decimal]:
    """Leave the mandate room for ten more, whatever was taken before."""
    taken = taken_of(running, mandate[0])
    in_database(
        running,
        "INSERT INTO authentication_mandatelimit (id, mandate_id, currency, per, total)"
        " VALUES (gen_random_uuid(), %s, 'HKD', 'whole', %s) RETURNING id",
        mandate[0],
        taken + ROOM * EACH,
    )
    yield taken
    in_database(running, "DELETE FROM authentication_mandatelimit RETURNING id")


@pytest.fixture(scope="module")
def asked(running: Product, mandate: tuple[str, str]) -> Iterator[list[Asked]]:
    """Sign the agent in at two e-services for that company."""
    with ExitStack() as connections:
        yield list(_signed_in(running, mandate, connections))


def _signed_in(
    running: Product, mandate: tuple[str, str], connections: ExitStack
) -> Iterator[Asked]:
    sandbox = running.sandbox
    [wong] = [each for each in sandbox["persons"] if each["name_en"] == "Wong Mei Ling"]
    browser = Portal(running.base_url)
    connections.callback(browser.http.close)
    browser.sign_in(wong)
    page = browser.open(f"/choose-company?q={mandate[1]}")
    [button] = [name for form in page.forms for name in form.buttons if mandate[1] in name]
    page.press(button)
    for registered in sandbox["e_services"]:
        if registered["slug"] not in {"harbour-bank", "business-registry"}:
            continue
        client = Client(
            issuer=sandbox["issuer"],
            client_id=registered["client_id"],
            jwks=registered["private_jwks"],
            redirect_uri=registered["redirect_uris"][0],
        )
        connections.callback(client.http.close)
        sign_in = client.begin("openid authority")
        page = browser.open(sign_in.address)
        if not page.url.startswith(client.redirect_uri):
            page = page.press("Continue")
        token = client.finish(sign_in, page.url)["access_token"]
        yield Asked(client, token, running.base_url)


def at_once(deeds: list[Callable[[], httpx2.Response]]) -> list[httpx2.Response]:
    barrier = Barrier(len(deeds))

    def one(deed: Callable[[], httpx2.Response]) -> httpx2.Response:
        barrier.wait(timeout=30)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))


def codes(responses: list[httpx2.Response]) -> Counter[tuple[int, str]]:
    return Counter(
        (response.status_code, response.json().get("code") or response.json()["status"])
        for response in responses
    )


@pytest.mark.processes
def test_of_fifty_at_once_the_ten_that_fit_succeed(
    running: Product,
    asked: list[Asked],
    mandate: tuple[str, str],
    taken_before: Decimal,
    record_property: Callable[[str, object], None],
) -> None:
    run = secrets.token_hex(4)
    for each in asked:
        each.client.call(each.token, "GET", f"{each.base_url}/api/v1/authority/reservations/x")
    began = time.monotonic()

    responses = at_once(
        [
            lambda number=number: asked[number % 2].reserve(f"{run}-{number}")  # type: ignore[misc]  # mypy infers no default of a lambda
            for number in range(AT_ONCE)
        ]
    )

    took = time.monotonic() - began
    record_property("figure", f"{AT_ONCE} reservations at once against one limit: {took:.2f} s")
    assert codes(responses) == {(201, "reserved"): ROOM, (403, "limit_exceeded"): 40}
    fitted = [
        (asked[number % 2], response.json()["id"])
        for number, response in enumerate(responses)
        if response.status_code == 201
    ]

    # All are captured at once, one of them but for half, and one is given back instead.
    captures = at_once(
        [
            *(
                lambda who=who, name=name: who.post(f"/{name}/capture", {})
                for who, name in fitted[2:]
            ),
            lambda: fitted[0][0].post(f"/{fitted[0][1]}/capture", {"value": f"{EACH / 2}0"}),
            lambda: fitted[1][0].post(f"/{fitted[1][1]}/release", {}),
        ]
    )
    assert codes(captures) == {(200, "captured"): ROOM - 1, (200, "released"): 1}

    # So there is room for one and a half, which is one.
    again = at_once([lambda: asked[0].reserve(f"{run}-again-{secrets.token_hex(4)}")] * 10)
    assert codes(again) == {(201, "reserved"): 1, (403, "limit_exceeded"): 9}
    taken = taken_of(running, mandate[0]) - taken_before
    assert taken == (ROOM - 1) * EACH - EACH / 2 + EACH


@pytest.mark.processes
def test_twenty_twins_of_one_reference_are_one_reservation(
    running: Product, asked: list[Asked], mandate: tuple[str, str], taken_before: Decimal
) -> None:
    name = secrets.token_hex(4)

    responses = at_once([lambda: asked[0].reserve(name)] * 20)

    assert Counter(response.status_code for response in responses) == {201: 1, 200: 19}
    assert len({response.json()["id"] for response in responses}) == 1
    assert taken_of(running, mandate[0]) - taken_before == EACH
