"""Promise 1: staff sign in to an e-service as their company, with its powers, and no more."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.journeys.client import Client
from tests.journeys.patience import eventually
from tests.journeys.portal import Portal

pytestmark = pytest.mark.journey


def test_a_director_signs_in_to_a_bank_as_the_company(
    client_of: Callable[[str], Client],
    person_named: Callable[[str], dict[str, Any]],
    new_portal: Callable[[], Portal],
    sandbox: dict[str, Any],
) -> None:
    bank = client_of("harbour-bank")
    lee = person_named("Lee Siu Ming")
    browser = new_portal()

    # The bank sends the browser away; the portal asks who is there.
    sign_in = bank.begin("openid companies", prompt="consent")  # whoever has agreed before
    page = browser.open(sign_in.address)
    assert page.title.startswith("Sign in")

    # Two factors later it names the bank, the company and the capacity, and what is shared.
    page = browser.sign_in(lee, page=page)
    assert "Harbour Bank" in page.text
    assert "Golden Harvest Trading Limited" in page.text
    assert "director" in page.text

    # One yes, and the browser is back at the bank with a code.
    returned = page.press("Continue")
    assert returned.url.startswith(bank.redirect_uri)
    tokens = bank.finish(sign_in, returned.url)

    # The bank verifies the ID token with the published keys.
    keys = KeySet.import_key_set(bank.http.get(bank.metadata["jwks_uri"]).json())
    token = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"])
    claims = token.claims
    assert claims["iss"] == sandbox["issuer"]
    assert claims["aud"] in (bank.client_id, [bank.client_id])
    assert claims["nonce"] == sign_in.nonce
    assert claims["exp"] > time.time()
    assert claims["acr"].endswith("/acr/2")
    assert set(claims["amr"]) >= {"pwd", "otp"}
    assert claims["corp"]["ubi"] == lee["companies"][0]["ubi"]
    assert claims["corp"]["names"]["en"] == "Golden Harvest Trading Limited"
    assert claims["rep"]["capacity"] == "director"
    assert [link["ubi"] for link in claims["rep"]["chain"]] == [claims["corp"]["ubi"]]

    # It learns exactly that: no name, e-mail or identity document of the person.
    told = str(claims)
    assert lee["email"] not in told
    assert lee["name_en"] not in told

    # The access token opens the company's own record and nobody else's.
    access = tokens["access_token"]
    api = f"{sandbox['base_url']}/api/v1/companies"
    own = bank.call(access, "GET", f"{api}/{claims['corp']['ubi']}")
    assert own.status_code == 200, own.text
    other = next(
        company["ubi"]
        for company in sandbox["companies"]
        if company["ubi"] != claims["corp"]["ubi"]
    )
    refused = bank.call(access, "GET", f"{api}/{other}")
    assert (refused.status_code, refused.json()["code"]) == (404, "company_not_found")
    userinfo = bank.call(access, "GET", bank.metadata["userinfo_endpoint"])
    assert userinfo.json()["sub"] == claims["sub"]

    # The same code again takes back what it gave.
    again = bank.post_form(
        "token_endpoint",
        {
            "grant_type": "authorization_code",
            "code": returned.url.split("code=")[1].split("&")[0],
            "redirect_uri": bank.redirect_uri,
            "code_verifier": sign_in.verifier,
        },
    )
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    own_record = f"{api}/{claims['corp']['ubi']}"
    eventually(lambda: bank.call(access, "GET", own_record).status_code == 401, within=5)

    # A second sign-in is remembered: no question while what is shared stays the same.
    returned = browser.open(bank.begin("openid companies").address)
    assert returned.url.startswith(bank.redirect_uri)


def test_a_person_is_another_number_at_another_e_service(
    client_of: Callable[[str], Client], portal_of: Callable[[str], Portal]
) -> None:
    browser = portal_of("Chan Ka Yan")
    subjects = set()

    for slug in ("harbour-bank", "food-licensing"):
        client = client_of(slug)
        sign_in = client.begin("openid")
        page = browser.open(sign_in.address)
        tokens = client.finish(sign_in, page.press("Continue").url)
        keys = KeySet.import_key_set(client.http.get(client.metadata["jwks_uri"]).json())
        subjects.add(jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims["sub"])

    assert len(subjects) == 2


def test_a_no_returns_to_the_e_service_as_a_no(
    client_of: Callable[[str], Client], portal_of: Callable[[str], Portal]
) -> None:
    registry = client_of("business-registry")
    sign_in = registry.begin("openid")

    page = portal_of("Chan Ka Yan").open(sign_in.address).press("Do not sign in")

    assert page.url.startswith(registry.redirect_uri)
    assert "error=access_denied" in page.url
    assert f"state={sign_in.state}" in page.url
