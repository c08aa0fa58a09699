"""FLUSHALL on the running product's Valkey re-opens no replay, and sign-in goes on."""

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import redis

from tests.journeys.client import Client, SignIn
from tests.journeys.patience import eventually
from tests.journeys.portal import Portal
from tests.running import Product


@pytest.fixture
def bank(running: Product) -> Iterator[Client]:
    sandbox = running.sandbox
    (registered,) = [one for one in sandbox["e_services"] if one["slug"] == "harbour-bank"]
    client = Client(
        issuer=sandbox["issuer"],
        client_id=registered["client_id"],
        jwks=registered["private_jwks"],
        redirect_uri=registered["redirect_uris"][0],
    )
    yield client
    client.http.close()


def test_a_wiped_valkey_reopens_no_replay(running: Product, bank: Client) -> None:
    bank.own_token("sign")  # learns the nonce
    address = bank.metadata["token_endpoint"]
    fields = {"grant_type": "client_credentials", "scope": "sign"}
    used_assertion, used_proof = bank.assertion(), bank.proof("POST", address)
    first = bank.http.post(
        address, data={**fields, **used_assertion}, headers={"DPoP": used_proof}
    )
    assert first.status_code == 200, first.text

    def replay_assertion() -> httpx2.Response:
        headers = {"DPoP": bank.proof("POST", address)}
        return bank.http.post(address, data={**fields, **used_assertion}, headers=headers)

    redis.Redis.from_url(running.environment["CACHE_URL"]).flushall()
    told = replay_assertion()  # with a proof of the epoch before
    bank.nonces[urlsplit(address).netloc] = told.headers["DPoP-Nonce"]
    at_once = replay_assertion()
    time.sleep(2.1)  # what is issued in the epoch's first second is refused too
    replayed_assertion = replay_assertion()
    replayed_proof = bank.http.post(
        address, data={**fields, **bank.assertion()}, headers={"DPoP": used_proof}
    )

    assert (told.status_code, told.json()["error"]) == (400, "use_dpop_nonce")
    assert (at_once.status_code, at_once.json()["error"], at_once.headers["Retry-After"]) == (
        503,
        "temporarily_unavailable",
        "2",
    )
    assert (replayed_assertion.status_code, replayed_assertion.json()["error"]) == (
        503,  # for half a minute it might be an honest client's, whose clock is behind
        "temporarily_unavailable",
    )
    assert (replayed_proof.status_code, replayed_proof.json()["error"]) == (
        400,
        "use_dpop_nonce",
    )
    assert bank.own_token("sign")


def returned_to(bank: Client, browser: Portal, person: dict[str, str]) -> tuple[SignIn, str]:
    """Sign in and say yes where that is asked; give the address that the browser ends at."""
    sign_in = bank.begin("openid companies")
    page = browser.open(sign_in.address)
    if page.title.startswith("Sign in"):
        page = browser.sign_in(person, page=page)
    if not page.url.startswith(bank.redirect_uri):
        page = page.press("Continue")
    return sign_in, page.url


def test_a_wiped_valkey_brings_no_revoked_token_back(running: Product, bank: Client) -> None:
    [lee] = [one for one in running.sandbox["persons"] if one["name_en"] == "Lee Siu Ming"]
    browser = Portal(running.sandbox["base_url"])
    record = f"{running.sandbox['base_url']}/api/v1/companies/{lee['companies'][0]['ubi']}"
    sign_in, returned = returned_to(bank, browser, lee)
    revoked = bank.finish(sign_in, returned)["access_token"]
    kept = bank.finish(*returned_to(bank, browser, lee))["access_token"]
    browser.http.close()
    assert bank.call(revoked, "GET", record).status_code == 200
    again = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(returned).query)["code"][0],
        "redirect_uri": bank.redirect_uri,
        "code_verifier": sign_in.verifier,
    }
    assert bank.post_form("token_endpoint", again).status_code == 400  # takes back what it gave
    eventually(lambda: bank.call(revoked, "GET", record).status_code == 401, within=5)

    redis.Redis.from_url(running.environment["CACHE_URL"]).flushall()
    at_once = bank.call(revoked, "GET", record)  # begins the new epoch
    time.sleep(2.1)  # what is issued in its first second is refused too
    refused = bank.call(revoked, "GET", record)
    taken = bank.call(kept, "GET", record)

    assert at_once.status_code in {401, 503}, at_once.text
    assert (refused.status_code, refused.json()["code"]) == (401, "oauth_invalid_token")
    assert taken.status_code == 200, taken.text
