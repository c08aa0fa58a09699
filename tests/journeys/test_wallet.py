"""Promise 4: a licence is issued, shown in part, and seen to be in force or not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.client import Client
from tests.journeys.patience import eventually
from tests.journeys.portal import Portal

pytestmark = pytest.mark.journey

GOLDEN_HARVEST = "71234567"
SERVED_WITHIN = 60  # seconds, of a status list
NUMBER = f"29{uuid4().int % 10**8:08d}"


def issue(department: Client, token: str, base_url: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    answer = department.call(
        token,
        "POST",
        f"{base_url}/api/v1/credentials",
        json={
            "type": "food-licence",
            "ubi": GOLDEN_HARVEST,
            "premises": {
                "name": "Golden Canteen",
                "address_en": "12 Reed Street, Tai Kok Tsui",
            },
            "claims": {
                "licence_number": NUMBER,
                "holder": {"ubi": GOLDEN_HARVEST, "name_tc": "金穗貿易有限公司"},
                "premises": {
                    "name": "Golden Canteen",
                    "address_en": "12 Reed Street, Tai Kok Tsui",
                },
                "conditions": ["No open fire"],
            },
            "valid_from": now.isoformat(),
            "expires_at": (now + timedelta(days=365)).isoformat(),
            "external_ref": NUMBER,
        },
        headers={"Idempotency-Key": NUMBER},
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def ask(bank: Client, token: str, base_url: str) -> dict[str, Any]:
    answer = bank.call(
        token,
        "POST",
        f"{base_url}/api/v1/presentation-requests",
        json={
            "purpose": "To open an account for your restaurant",
            "dcql_query": {
                "credentials": [
                    {
                        "id": "licence",
                        "format": "dc+sd-jwt",
                        "meta": {"vct_values": [f"{base_url}/credential-types/food-licence"]},
                        "claims": [{"path": ["licence_number"], "values": [NUMBER]}],
                    }
                ]
            },
        },
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_licence_is_issued_shown_in_part_and_seen_revoked(
    client_of: Callable[[str], Client],
    portal_of: Callable[[str], Portal],
    sandbox: dict[str, Any],
) -> None:
    base_url = sandbox["base_url"]
    department, bank = client_of("food-licensing"), client_of("harbour-bank")
    department_token = department.own_token("credentials")
    bank_token = bank.own_token("presentations")
    browser = portal_of("Lee Siu Ming")

    # The department issues; the licence lies in the company's wallet at once.
    issued = issue(department, department_token, base_url)
    assert issued["state"] == "valid"
    assert "Golden Canteen" in browser.open("/wallet").text
    assert NUMBER in browser.open(f"/wallet/{issued['id']}").text

    # The bank asks for the number alone; a director sees who asks, for what, and agrees.
    asked = ask(bank, bank_token, base_url)
    page = browser.open(asked["wallet_link"].removeprefix(base_url))
    assert "Harbour Bank" in page.text
    assert "To open an account for your restaurant" in page.text
    page.press("Show it")

    # The bank sees a licence in force, and only what was asked for.
    check = f"{base_url}/api/v1/presentation-requests/{asked['id']}"
    seen = eventually(
        lambda: (
            found
            if (found := bank.call(bank_token, "GET", check).json())["state"] == "answered"
            else None
        ),
        within=10,
    )
    assert seen["is_in_force"] is True
    (credential,) = seen["credentials"]
    assert credential["verdict"] == "in_force"
    assert credential["claims"]["licence_number"] == NUMBER
    assert "No open fire" not in str(credential)

    # The department revokes; the bank's check turns within a minute.
    revoked = department.call(
        department_token,
        "POST",
        f"{base_url}/api/v1/credentials/{issued['id']}/revoke",
        json={"reason": "The kitchen burnt down", "is_urgent": True},
    )
    assert revoked.status_code == 200, revoked.text
    seen = eventually(
        lambda: (
            found
            if not (found := bank.call(bank_token, "GET", check).json())["is_in_force"]
            else None
        ),
        within=SERVED_WITHIN,
    )
    assert seen["credentials"][0]["verdict"] == "revoked"

    # The company sees why; another company's wallet never had it.
    assert "The kitchen burnt down" in browser.open(f"/wallet/{issued['id']}").text
    stranger = portal_of("Yip Wing Sum")
    assert stranger.open(f"/wallet/{issued['id']}").status == 404


def test_another_department_cannot_revoke_or_even_find_it(
    client_of: Callable[[str], Client], sandbox: dict[str, Any]
) -> None:
    registry, bank = client_of("business-registry"), client_of("harbour-bank")
    address = f"{sandbox['base_url']}/api/v1/credentials/crd_00000000000000000000000000"

    refused = bank.call(bank.own_token("presentations"), "GET", address)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    answer = registry.post_form(
        "token_endpoint", {"grant_type": "client_credentials", "scope": "credentials"}
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
