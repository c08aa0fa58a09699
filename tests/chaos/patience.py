"""Clients that send again as docs/integrators/README.md says, and note what they were answered.

A call is sent again after no answer, 500, 502, 503, 504, 429 and 409 `request_in_progress`:
with the same Idempotency-Key, a new assertion and a new proof. A form of a page is never sent
again blindly: `Unanswered` tells its person to look first.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.journeys.client import Client
from tests.journeys.portal import Form, Page, Portal

LONGEST_PATIENCE = 90.0  # seconds for one call
_AGAIN = {429, 500, 502, 503, 504}
_LIFE_OF_A_TOKEN = 200.0  # seconds; it lives for 300


class Unanswered(Exception):
    """It may have been done or not."""


class OutOfPatience(Exception):
    """The product did not come back."""


@dataclass
class Answers:
    """How often each answer was one to send again after; `codes` of the refusals too."""

    counts: Counter[str] = field(default_factory=Counter)

    def note(self, what: str) -> None:
        self.counts[what] += 1


def must_be_sent_again(response: httpx2.Response) -> bool:
    if response.status_code in _AGAIN:
        return True
    return response.status_code == 409 and "request_in_progress" in response.text


def patiently(send: Callable[[], httpx2.Response], answers: Answers) -> httpx2.Response:
    """Send until there is an answer that counts."""
    deadline, wait = time.monotonic() + LONGEST_PATIENCE, 0.5
    while True:
        told = ""
        try:
            response = send()
        except httpx2.TransportError as error:
            what = type(error).__name__
        else:
            if not must_be_sent_again(response):
                return response
            what, told = f"{response.status_code}", response.headers.get("Retry-After", "")
        answers.note(what)
        if time.monotonic() > deadline:
            raise OutOfPatience(what)
        time.sleep(float(told) if told else wait)
        wait = min(2 * wait, 8.0)


@dataclass
class Software(Client):
    """An e-service's software, used by one thread."""

    answers: Answers = field(default_factory=Answers)
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = httpx2.Client(timeout=30)
        address = f"{self.issuer}/.well-known/openid-configuration"
        self.metadata = patiently(lambda: self.http.get(address), self.answers).json()

    def ask(self, scope: str, method: str, address: str, **options: Any) -> httpx2.Response:
        """Call the API patiently, with a token of this scope."""
        response = patiently(
            lambda: self.call(self._token(scope), method, address, **options), self.answers
        )
        if response.status_code == 401:  # a token that has ended: another, once
            self.answers.note("401")
            del self._tokens[scope]
            return patiently(
                lambda: self.call(self._token(scope), method, address, **options), self.answers
            )
        return response

    def create(self, scope: str, address: str, *, key: str, body: Any) -> httpx2.Response:
        return self.ask(scope, "POST", address, json=body, headers={"Idempotency-Key": key})

    def _token(self, scope: str) -> str:
        kept, got_at = self._tokens.get(scope, ("", 0.0))
        if not kept or time.monotonic() - got_at > _LIFE_OF_A_TOKEN:
            form = {"grant_type": "client_credentials", "scope": scope}
            answer = patiently(lambda: self.post_form("token_endpoint", form), self.answers)
            assert answer.status_code == 200, answer.text
            kept = answer.json()["access_token"]
            self._tokens[scope] = (kept, time.monotonic())
        return kept


class Browser(Portal):
    """A person's browser: what it opens is opened again until it is there."""

    def __init__(self, base_url: str, person: dict[str, Any], answers: Answers) -> None:
        super().__init__(base_url)
        self.person = person
        self.answers = answers
        self.was_accepted = False  # the last form that was sent: answered with a redirect
        opened = self.ask_once = self.http.get
        self.http.get = lambda *args, **options: patiently(  # type: ignore[method-assign]
            lambda: opened(*args, **options), answers
        )

    def send(
        self, form: Form, address: str, values: list[tuple[str, str]], files: Any = None
    ) -> Page:
        self.was_accepted = False
        try:
            return super().send(form, address, values, files)
        except httpx2.TransportError as error:  # of the POST: what is opened is patient
            self.answers.note(type(error).__name__)
            raise Unanswered from error

    def _follow(self, response: httpx2.Response) -> Page:
        if response.request.method == "POST":
            if response.status_code >= 500:
                self.answers.note(f"{response.status_code}")
                raise Unanswered
            self.was_accepted = response.status_code in {302, 303}
        return super()._follow(response)

    def enter(self) -> None:
        """Sign in; a code that was used up in vain is followed by the next."""
        while True:
            try:
                page = self.sign_in(self.person)
            except Unanswered:
                page = self.open("/inbox")
            if "/sign-in" not in page.url:
                return


@contextmanager
def closing(*clients: Client | Portal) -> Iterator[None]:
    try:
        yield
    finally:
        for client in clients:
            client.http.close()
