"""Requests of all kinds, one after another without a pause, each of which must succeed."""

import base64
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.journeys.client import Client
from tests.journeys.portal import Portal
from tests.journeys.test_signing import GOLDEN_HARVEST, agreement

_SUCCESSES = {200, 201, 302, 303}
_STALLED_AFTER = 60.0  # seconds without an answer


@dataclass
class Tally:
    """What came back, counted as each answer arrives."""

    answers: Counter[str] = field(default_factory=Counter)  # by release
    faults: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def total(self) -> int:
        return len(self.seconds)

    def watch(self, http: httpx2.Client) -> None:
        http.event_hooks = {"request": [self._asked], "response": [self._answered]}

    def _asked(self, request: httpx2.Request) -> None:
        request.extensions["asked_at"] = time.monotonic()

    def _answered(self, response: httpx2.Response) -> None:
        took = time.monotonic() - response.request.extensions["asked_at"]
        with self.lock:
            self.seconds.append(took)
            self.answers[response.headers.get("X-Release", "none")] += 1
        if response.status_code in _SUCCESSES:
            return
        response.read()
        if response.status_code in {400, 401} and "DPoP-Nonce" in response.headers:
            return  # a new nonce, which the client then uses (RFC 9449, section 8)
        self.fault(f"{response.request.method} {response.url}: {response.status_code}")

    def fault(self, what: str) -> None:
        with self.lock:
            self.faults.append(what)

    def await_requests(self, number: int, *, stalled_after: float = _STALLED_AFTER) -> None:
        """Wait for so many answers; fail once none arrives any more."""
        seen, deadline = self.total, time.monotonic() + stalled_after
        while self.total < number:
            if self.total > seen:
                seen, deadline = self.total, time.monotonic() + stalled_after
            told = f"{seen} of {number} requests, no more in {stalled_after} s"
            assert time.monotonic() < deadline, f"{told}: {self.faults[-5:]}"
            time.sleep(0.1)

    def quantile(self, share: float) -> float:
        return sorted(self.seconds)[int(share * (len(self.seconds) - 1))]


@dataclass
class User:
    """An e-service's program and somebody's browser in one."""

    base_url: str
    sandbox: dict[str, Any]
    tally: Tally
    browser: Portal | None  # signed in

    def __post_init__(self) -> None:
        [bank] = [one for one in self.sandbox["e_services"] if one["slug"] == "harbour-bank"]
        self.bank = Client(
            issuer=self.base_url,
            client_id=bank["client_id"],
            jwks=bank["private_jwks"],
            redirect_uri=bank["redirect_uris"][0],
        )
        self.stranger = Portal(self.base_url)
        for http in (self.bank.http, self.stranger.http):
            self.tally.watch(http)

    def run(self, is_over: threading.Event) -> None:
        while not is_over.is_set():
            try:
                self._round()
            except Exception as error:  # noqa: BLE001  else its thread would end unnoticed
                self.tally.fault(repr(error)[:300])
                is_over.wait(0.1)
        for http in (self.bank.http, self.stranger.http):
            http.close()

    def _round(self) -> None:
        token = self.bank.own_token("sign")
        request = self._write_twice(token)
        address = f"{self.base_url}/api/v1/signature-requests/{request['id']}"
        for _ in range(12):
            answer = self.bank.call(token, "GET", address)
            assert answer.json()["id"] == request["id"], answer.text
        for path in ("/sign-in", "/verify", "/.well-known/openid-configuration", "/healthz"):
            self.stranger.http.get(path)
        page = self.stranger.open("/sign-in")
        assert "Sign in" in page.form_with("Sign in").buttons
        if self.browser is not None:
            assert "Sign out" in self.browser.open("/").text

    def _write_twice(self, token: str) -> dict[str, Any]:
        """Send one act twice with one key: it is done once, whichever release answers."""
        title = f"Drill {secrets.token_hex(6)}"
        body = {
            "company": GOLDEN_HARVEST,
            "title": title,
            "documents": [
                {
                    "file_name": "agreement.pdf",
                    "content": base64.b64encode(agreement(title)).decode(),
                }
            ],
        }
        answers = [
            self.bank.call(
                token,
                "POST",
                f"{self.base_url}/api/v1/signature-requests",
                json=body,
                headers={"Idempotency-Key": title},
            )
            for _ in range(2)
        ]
        first, again = (dict(answer.json()) for answer in answers)
        assert first["id"] == again["id"], (first, again)
        assert answers[1].headers.get("Idempotency-Replayed") == "true"
        return first
