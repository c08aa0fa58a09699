"""FLUSHALL on the running product's Valkey re-opens no replay, and sign-in goes on."""

import time
from collections.abc import Iterator

import httpx2
import pytest
import redis

from tests.journeys.client import Client
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
    at_once = replay_assertion()
    time.sleep(2.1)  # what is issued in the epoch's first second is refused too
    replayed_assertion = replay_assertion()
    replayed_proof = bank.http.post(
        address, data={**fields, **bank.assertion()}, headers={"DPoP": used_proof}
    )

    assert (at_once.status_code, at_once.json()["error"], at_once.headers["Retry-After"]) == (
        503,
        "temporarily_unavailable",
        "2",
    )
    assert (replayed_assertion.status_code, replayed_assertion.json()["error"]) == (
        401,
        "invalid_client",
    )
    assert (replayed_proof.status_code, replayed_proof.json()["error"]) == (
        400,
        "use_dpop_nonce",
    )
    assert bank.own_token("sign")
