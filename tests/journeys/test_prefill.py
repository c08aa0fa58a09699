"""Promise 3: a form arrives filled from the registers, by consent, with its sources."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from joserfc import jwe, jwt
from joserfc.jwk import KeySet

from tests.journeys.client import Client
from tests.journeys.patience import eventually
from tests.journeys.portal import Portal

pytestmark = pytest.mark.journey

FIVE_SECONDS = 5


@pytest.fixture
def faults(sandbox: dict[str, Any]) -> Iterator[Callable[..., None]]:
    """Make a register misbehave, and put it right again."""
    address = sandbox["registers"]["faults_url"]

    def set_fault(**fault: str) -> None:
        httpx2.post(address, json=fault).raise_for_status()

    yield set_fault
    httpx2.delete(address).raise_for_status()


def push(client: Client, token: str, sandbox: dict[str, Any], form: str) -> dict[str, Any]:
    answer = client.call(
        token,
        "POST",
        f"{sandbox['base_url']}/api/v1/prefill/requests",
        json={"form": form, "resume_uri": client.redirect_uri.replace("callback", "forms/42")},
        headers={"Idempotency-Key": form},
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def open_sealed(client: Client, sandbox: dict[str, Any], sealed: str) -> dict[str, Any]:
    """Decrypt with the e-service's own key, then verify Corp ID's signature."""
    opened = jwe.decrypt_compact(
        sealed, client.key("enc"), algorithms=["ECDH-ES+A256KW", "A256GCM"]
    )
    assert opened.plaintext is not None
    published = client.http.get(f"{sandbox['base_url']}/api/v1/prefill/jwks").json()
    keys = KeySet.import_key_set(published)
    return dict(jwt.decode(opened.plaintext.decode(), keys, algorithms=["ES256"]).claims)


def test_a_bank_gets_the_form_filled_from_two_registers_by_consent(
    client_of: Callable[[str], Client],
    portal_of: Callable[[str], Portal],
    sandbox: dict[str, Any],
) -> None:
    bank = client_of("harbour-bank")
    browser = portal_of("Lee Siu Ming")
    token = bank.own_token("prefill")

    # The bank pushes what it needs; the browser goes to the consent page.
    pushed = push(bank, token, sandbox, "business-account-opening")
    page = browser.open(pushed["consent_url"])
    assert "Harbour Bank asks for 14 details of Golden Harvest Trading Limited" in page.text
    assert "to open a business account" in page.text
    assert "90 days" in page.text

    # One yes; the workers fetch from both registers over HTTP.
    button = next(name for name in page.forms[-1].buttons if name.startswith("Agree and send"))
    page.press(button)
    api = f"{sandbox['base_url']}/api/v1/prefill/requests/{pushed['id']}"
    described = eventually(
        lambda: (
            found
            if (found := bank.call(token, "GET", api).json())["status"] in {"ready", "partial"}
            else None
        ),
        within=2 * FIVE_SECONDS,
    )
    by_item = {field["item"]: field for field in described["fields"]}
    assert by_item["cr.company.name_en"]["status"] == "ok"
    assert by_item["ird.business.nature"]["status"] == "ok"
    assert {field["source"] for field in described["fields"] if field["status"] == "ok"} == {
        "companies_registry",
        "companies_registry_officers",
        "business_registration",
    }

    # Directors' identity numbers are theirs alone to release.
    assert by_item["cr.officers[].identity_number"]["status"] == "withheld"

    # The bank opens the sealed values and finds each with its source and digest.
    sealed = bank.call(token, "GET", f"{api}/result").json()
    told = open_sealed(bank, sandbox, sealed["result"])
    assert told["aud"] in (bank.client_id, [bank.client_id])
    assert told["filled"]["company"]["name_en"] == "Golden Harvest Trading Limited"
    assert told["fields"]["/company/name_en"]["source"] == "companies_registry"
    assert "identity_number" not in str(told["filled"]["officers"])

    # A repeat within a minute is the same answer; another e-service finds nothing.
    assert bank.call(token, "GET", f"{api}/result").json() == sealed
    registry = client_of("business-registry")
    refused = registry.call(registry.own_token("prefill"), "GET", api)
    assert refused.status_code == 404

    # Sent is not filed, until the bank says so.
    form = browser.open(f"/forms/{pushed['id']}")
    assert "not yet" in form.text.lower()
    outcome = bank.call(
        token,
        "POST",
        f"{api}/outcome",
        json={
            "outcome": "filed",
            "reference": "HB-2026-0042",
            "accepted_at": "2026-03-03T14:07:31+08:00",
        },
    )
    assert outcome.status_code == 200, outcome.text
    assert "HB-2026-0042" in browser.open(f"/forms/{pushed['id']}").text

    # Both sides keep a receipt that anybody can verify.
    receipt = bank.call(
        token, "GET", f"{sandbox['base_url']}/api/v1/consents/{described['consent']}/receipt"
    )
    assert receipt.status_code == 200, receipt.text


def test_a_register_that_answers_about_another_company_is_not_believed(
    client_of: Callable[[str], Client],
    portal_of: Callable[[str], Portal],
    sandbox: dict[str, Any],
    faults: Callable[..., None],
) -> None:
    registry = client_of("business-registry")
    token = registry.own_token("prefill")
    faults(register="companies_registry", fault="wrong_company")

    pushed = push(registry, token, sandbox, "business-registration-renewal")
    page = portal_of("Chan Ka Yan").open(pushed["consent_url"])
    button = next(name for name in page.forms[-1].buttons if name.startswith("Agree"))
    page.press(button)

    api = f"{sandbox['base_url']}/api/v1/prefill/requests/{pushed['id']}"
    described = eventually(
        lambda: (
            found
            if (found := registry.call(token, "GET", api).json())["status"] == "partial"
            else None
        ),
        within=2 * FIVE_SECONDS,
    )
    by_item = {field["item"]: field["status"] for field in described["fields"]}
    assert by_item["cr.company.registered_office"] == "unavailable"
    assert by_item["ird.business.nature"] == "ok"


def test_a_company_may_send_nothing(
    client_of: Callable[[str], Client],
    portal_of: Callable[[str], Portal],
    sandbox: dict[str, Any],
) -> None:
    bank = client_of("harbour-bank")
    token = bank.own_token("prefill")
    answer = bank.call(
        token,
        "POST",
        f"{sandbox['base_url']}/api/v1/prefill/requests",
        json={
            "form": "business-account-opening",
            "resume_uri": bank.redirect_uri.replace("callback", "forms/43"),
        },
    )
    pushed = answer.json()

    page = portal_of("Lee Siu Ming").open(pushed["consent_url"]).press("Send nothing")

    api = f"{sandbox['base_url']}/api/v1/prefill/requests/{pushed['id']}"
    assert page.status in {200, 302, 303}, page.text
    assert bank.call(token, "GET", api).json()["fields"] == []
    refused = bank.call(token, "GET", f"{api}/result")
    assert (refused.status_code, refused.json()["code"]) == (403, "declined_by_company")
