"""The four acts, each as its client goes about it, and the ledger of what was answered."""

import base64
import contextlib
import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.patience import Answers, Browser, Software, Unanswered, closing
from tests.journeys.portal import one_time_code
from tests.journeys.test_signing import agreement

FORM = "business-account-opening"
KINDS = ("signing", "consent", "issuing", "revoking")
_FOLLOWED_FOR = 180.0  # seconds; what is not done by then is the reckoning's to judge


@dataclass(frozen=True, slots=True)
class Done:
    """An act that was answered: by `key` its client knows it, by `id` the product."""

    kind: str
    key: str
    id: str


@dataclass
class Ledger:
    """Kept by the test alone. `asked` are the keys under which something was sent at all."""

    done: list[Done] = field(default_factory=list)
    asked: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    given_up: list[str] = field(default_factory=list)
    answers: Answers = field(default_factory=Answers)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, kind: str, key: str) -> None:
        with self._lock:
            self.asked[kind].add(key)

    def acknowledge(self, kind: str, key: str, identifier: str) -> None:
        with self._lock:
            self.done.append(Done(kind, key, identifier))

    def give_up(self, key: str, why: object) -> None:
        """Note what was never answered, and so was never promised."""
        with self._lock:
            self.given_up.append(f"{key}: {why}")

    def of(self, kind: str) -> list[Done]:
        return [each for each in self.done if each.kind == kind]


@dataclass
class Plan:
    """How many acts of each kind, over how many seconds at least; the seed names their keys."""

    acts_of_a_kind: int
    seconds: float
    seed: int
    urgent: float  # so many of the revocations are to be published at once
    longest: float = 600.0  # seconds; then no new act begins
    began: float = 0.0

    def in_turn(self, numbers: range) -> Iterator[int]:
        for number in numbers:
            due = self.began + self.seconds * number / self.acts_of_a_kind
            time.sleep(max(0.0, due - time.monotonic()))
            if self.is_over():
                return
            yield number

    def is_over(self) -> bool:
        return time.monotonic() > self.began + self.longest

    def key(self, kind: str, number: int) -> str:
        return f"chaos-{self.seed}-{kind}-{number}"


@dataclass
class Cast:
    """Whoever acts, and where."""

    sandbox: dict[str, Any]
    voters: list[dict[str, Any]]
    ledger: Ledger
    plan: Plan
    issued: "queue.Queue[Done]" = field(default_factory=queue.Queue)
    failures: list[BaseException] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return str(self.sandbox["base_url"])

    def next_issued(self) -> Done | None:
        """Wait for one to revoke; none comes once somebody failed or the time is over."""
        while not self.failures and not self.plan.is_over():
            with contextlib.suppress(queue.Empty):
                return self.issued.get(timeout=1)
        return None

    def software(self, slug: str) -> Software:
        (facts,) = [one for one in self.sandbox["e_services"] if one["slug"] == slug]
        return Software(
            issuer=self.sandbox["issuer"],
            client_id=facts["client_id"],
            jwks=facts["private_jwks"],
            redirect_uri=facts["redirect_uris"][0],
            answers=self.ledger.answers,
        )

    def browser(self, person: dict[str, Any]) -> Browser:
        return Browser(self.base_url, person, self.ledger.answers)


def start(
    cast: Cast, work: Callable[..., None], numbers: range, *more: Any
) -> threading.Thread:
    """Let a thread do some of the acts of a kind."""

    def run() -> None:
        try:
            work(cast, numbers, *more)
        except BaseException as error:
            cast.failures.append(error)
            raise

    thread = threading.Thread(target=run, name=f"{work.__name__}", daemon=True)
    thread.start()
    return thread


def sign(cast: Cast, numbers: range, browsers: list[Browser]) -> None:
    """A bank asks for a signature, a sole director approves, and the bank waits for it."""
    bank = cast.software("harbour-bank")
    with closing(bank, *browsers):
        for turn, number in enumerate(cast.plan.in_turn(numbers)):
            browser = browsers[turn % len(browsers)]
            _sign(cast, bank, browser, cast.plan.key("signing", number))


def _sign(cast: Cast, bank: Software, browser: Browser, key: str) -> None:
    address = f"{cast.base_url}/api/v1/signature-requests"
    content = base64.b64encode(agreement(key)).decode()
    body = {
        "company": browser.person["ubi"],
        "title": key,
        "documents": [{"file_name": "agreement.pdf", "content": content}],
    }
    cast.ledger.ask("signing", key)
    answer = bank.create("sign", address, key=key, body=body)
    assert answer.status_code == 201, answer.text
    reference = answer.json()["id"]

    def look() -> str:
        found = bank.ask("sign", "GET", f"{address}/{reference}").json()
        return "approved" if found["rule"]["have"] else str(found["status"])

    if _approve(browser, reference, look):
        cast.ledger.acknowledge("signing", key, reference)
        _follow(lambda: bank.ask("sign", "GET", f"{address}/{reference}").json(), {"complete"})


def _approve(browser: Browser, reference: str, look: Callable[[], str]) -> bool:
    while True:
        try:
            page = browser.open(f"/sign/{reference}/approve")
            if "/sign-in" in page.url:
                browser.enter()
                continue
            page = page.press("Approve and sign")
            browser.was_accepted = False
            page = page.press(
                "Confirm",
                Password=browser.person["password"],
                One_time_code=one_time_code(browser.person["totp_secret"]),
            )
            if browser.was_accepted and page.url.endswith(reference):
                return True
        except Unanswered:
            pass
        if look() in {"approved", "sealing", "complete"}:
            return True


def consent(cast: Cast, numbers: range, browser: Browser) -> None:
    """A bank asks for a form's data, a director agrees, and the bank collects them."""
    bank = cast.software("harbour-bank")
    with closing(bank, browser):
        for number in cast.plan.in_turn(numbers):
            tries = 0
            while not _consent(cast, bank, browser, cast.plan.key(f"consent-{tries}", number)):
                tries += 1


def _consent(cast: Cast, bank: Software, browser: Browser, key: str) -> bool:
    """Say False if the address was used up without an answer: the bank then asks anew."""
    address = f"{cast.base_url}/api/v1/prefill/requests"
    resume_uri = bank.redirect_uri.replace("callback", "forms/42")
    cast.ledger.ask("consent", key)
    answer = bank.create(
        "prefill", address, key=key, body={"form": FORM, "resume_uri": resume_uri}
    )
    assert answer.status_code == 201, answer.text
    pushed = answer.json()
    mine = f"{address}/{pushed['id']}"

    def look() -> dict[str, Any]:
        return dict(bank.ask("prefill", "GET", mine).json())

    if not _agree(browser, pushed, lambda: str(look()["status"])):
        cast.ledger.give_up(key, "the address was used up by an answer that never came")
        return False
    cast.ledger.acknowledge("consent", key, pushed["id"])
    if _follow(look, {"ready", "partial", "released"}):
        bank.ask("prefill", "GET", f"{mine}/result")
    return True


def _agree(browser: Browser, pushed: dict[str, Any], look: Callable[[], str]) -> bool:
    again = f"/consents/new?request={pushed['id']}"
    address = pushed["consent_url"]
    while True:
        page = browser.open(address)
        if "/sign-in" in page.url:
            browser.enter()
            continue
        buttons = [name for form in page.forms for name in form.buttons]
        button = next((name for name in buttons if name.startswith("Agree and send")), None)
        if button is None:
            return look() in {"fetching", "ready", "partial", "released"}
        try:
            page = page.press(button)
            if browser.was_accepted:
                return True
        except Unanswered:
            pass
        if look() in {"fetching", "ready", "partial", "released"}:
            return True
        address = again


def issue(cast: Cast, numbers: range) -> None:
    """A department issues licences to the companies of the voters."""
    department = cast.software("food-licensing")
    with closing(department):
        for number in cast.plan.in_turn(numbers):
            ubi = cast.voters[number % len(cast.voters)]["ubi"]
            _issue(cast, department, cast.plan.key("issuing", number), ubi, number)


def _issue(cast: Cast, department: Software, key: str, ubi: str, number: int) -> None:
    now = datetime.now(UTC)
    premises = {"name": "Chaos Canteen", "address_en": f"{number} Reed Street, Tai Kok Tsui"}
    body = {
        "type": "food-licence",
        "ubi": ubi,
        "premises": premises,
        "claims": {
            "licence_number": f"29{number:08d}",
            "holder": {"ubi": ubi},
            "premises": premises,
        },
        "valid_from": now.isoformat(),
        "expires_at": (now + timedelta(days=365)).isoformat(),
        "external_ref": key,
    }
    cast.ledger.ask("issuing", key)
    address = f"{cast.base_url}/api/v1/credentials"
    answer = department.create("credentials", address, key=key, body=body)
    assert answer.status_code == 201, answer.text
    cast.ledger.acknowledge("issuing", key, answer.json()["id"])
    cast.issued.put(Done("issuing", key, answer.json()["id"]))


def revoke(cast: Cast, numbers: range) -> None:
    """The department revokes what it has issued before."""
    department = cast.software("food-licensing")
    with closing(department):
        for _ in cast.plan.in_turn(numbers):
            issued = cast.next_issued()
            if issued is None:
                return
            _revoke(cast, department, issued)


def _revoke(cast: Cast, department: Software, issued: Done) -> None:
    """After no answer, fetch it and see, as the guide says of calls without a key."""
    address = f"{cast.base_url}/api/v1/credentials/{issued.id}"
    body = {"reason": "Inspection", "is_urgent": random.random() < cast.plan.urgent}  # noqa: S311
    cast.ledger.ask("revoking", issued.key)
    answer = department.ask("credentials", "POST", f"{address}/revoke", json=body)
    if answer.status_code == 409:  # the repeat of one that was done and not answered
        answer = department.ask("credentials", "GET", address)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "revoked", answer.text
    cast.ledger.acknowledge("revoking", issued.key, issued.id)


def _follow(look: Callable[[], dict[str, Any]], final: set[str]) -> bool:
    """Ask again in a second, as the guide says, until it is done."""
    deadline = time.monotonic() + _FOLLOWED_FOR
    while look()["status"] not in final:
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True
