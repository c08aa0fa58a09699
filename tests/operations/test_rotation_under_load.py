"""While the OpenID Provider's key turns every 5 s, no valid token is rejected.

Real processes. Verifiers keep the key set for 2 s and never look earlier, whatever key a token
names; tokens are verified when they are new and again while they are valid.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from corpid.embedded.roles import ROOT
from tests.journeys.client import Client
from tests.running import Product

CACHE_SECONDS = 2
EVERY = 5.0
NOT_FOUND = 404  # the token was believed, and there is no such request

# The turns, from a process beside: on command, each as soon as the key may sign.
TURNS = """
import sys, time
import django
django.setup()
from django.utils import timezone
from corpid.keys.models import Purpose
from corpid.operations.services.publish_next_key import publish_next_key
from corpid.operations.services.rotate_keys import rotate_keys
for _ in range(int(sys.argv[1])):
    began = time.monotonic()
    publish_next_key(purpose=Purpose.OP, at=timezone.now(), actor="test")
    while not rotate_keys(at=timezone.now()):
        time.sleep(0.1)
    print("turned", flush=True)
    time.sleep(max(0, float(sys.argv[2]) - (time.monotonic() - began)))
"""


@dataclass
class Verifier:
    """Keeps the key set as long as it may, and not longer."""

    client: Client
    fetched_at: float = -CACHE_SECONDS
    keys: jwk.KeySet | None = None
    verified: int = 0
    kids: set[str] = field(default_factory=set)

    def verify(self, token: str) -> None:
        if self.keys is None or time.monotonic() - self.fetched_at >= CACHE_SECONDS:
            self.fetched_at = time.monotonic()
            answer = self.client.http.get(self.client.metadata["jwks_uri"])
            self.keys = jwk.KeySet.import_key_set(answer.raise_for_status().json())
        self.kids.add(jwt.decode(token, self.keys, algorithms=["ES256"]).header["kid"])
        self.verified += 1


def bank(running: Product) -> Client:
    sandbox = running.sandbox
    [registered] = [each for each in sandbox["e_services"] if each["slug"] == "harbour-bank"]
    return Client(
        issuer=sandbox["issuer"],
        client_id=registered["client_id"],
        jwks=registered["private_jwks"],
        redirect_uri=registered["redirect_uris"][0],
    )


def load(client: Client, address: str, is_over: threading.Event, faults: list[str]) -> Verifier:
    """Take tokens, verify them, use them, and verify those of the last seconds again."""
    verifier, kept = Verifier(client), list[str]()
    while not is_over.is_set():
        token = client.own_token("sign")
        kept = [*kept[-40:], token]
        try:
            for each in {token, kept[0], kept[len(kept) // 2]}:
                verifier.verify(each)
        except JoseError as error:
            faults.append(f"verifier: {error!r}")
        answer = client.call(kept[0], "GET", address)
        if answer.status_code != NOT_FOUND:
            faults.append(f"API: {answer.status_code} {answer.text[:200]}")
        time.sleep(0.05)
    return verifier


@dataclass(frozen=True)
class Outcome:
    faults: list[str]
    verified: int
    kids: set[str]


def turn(running: Product, *, times: int, told_cache_seconds: int) -> Outcome:
    """Turn the key so often under load; it is told how long verifiers keep key sets."""
    faults: list[str] = []
    is_over = threading.Event()
    verifiers: list[Verifier] = []
    address = f"{running.base_url}/api/v1/signature-requests/sig_unknown"

    def serve(client: Client) -> None:
        try:
            verifiers.append(load(client, address, is_over, faults))
        except Exception as error:  # noqa: BLE001  told by the test
            faults.append(repr(error))

    clients = [bank(running) for _ in range(3)]
    threads = [threading.Thread(target=serve, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    try:
        turned = subprocess.run(
            [sys.executable, "-c", TURNS, str(times), str(EVERY)],
            cwd=ROOT,
            env={
                **os.environ,
                **running.environment,
                "JWKS_CACHE_SECONDS": str(told_cache_seconds),
                "DJANGO_SETTINGS_MODULE": "corpid.settings",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60 + times * EVERY * 4,
        )
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
        for client in clients:
            client.http.close()

    assert turned.stdout.count("turned") == times, turned.stderr
    return Outcome(
        faults,
        sum(verifier.verified for verifier in verifiers),
        set().union(*(verifier.kids for verifier in verifiers)),
    )


def told(outcome: Outcome, times: int) -> str:
    return (
        f"rotation of the OP key every {EVERY:.0f} s, key sets cached {CACHE_SECONDS} s: "
        f"{times} turns, {len(outcome.kids)} keys seen, {outcome.verified:,} verifications, "
        f"{len(outcome.faults)} rejected"
    )


def test_no_valid_token_is_rejected_while_the_key_turns(
    running: Product, record_property: Callable[[str, object], None]
) -> None:
    outcome = turn(running, times=3, told_cache_seconds=CACHE_SECONDS)

    assert outcome.faults == []
    assert len(outcome.kids) >= 3
    assert outcome.verified > 100
    record_property("figure", told(outcome, 3))


def test_a_key_that_signs_before_verifiers_know_it_would_be_noticed_here(
    running: Product,
) -> None:
    outcome = turn(running, times=3, told_cache_seconds=0)  # one may fall between two tokens

    assert any("verifier" in fault for fault in outcome.faults)


@pytest.mark.soak
def test_no_valid_token_is_rejected_in_twenty_four_turns(
    running: Product, record_property: Callable[[str, object], None]
) -> None:
    outcome = turn(running, times=24, told_cache_seconds=CACHE_SECONDS)

    assert outcome.faults == []
    assert len(outcome.kids) >= 24
    record_property("figure", told(outcome, 24))
