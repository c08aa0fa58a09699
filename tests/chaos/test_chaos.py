"""The promise of 10,000: nothing that was answered is lost or done twice. And its figures.

The long run is `make soak ARGS=tests/chaos`; CONTRIBUTING.md lists what can be chosen.
"""

import os
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.chaos import acts, report
from tests.chaos.acts import KINDS, Cast, Ledger, Plan
from tests.chaos.blows import AT_RANDOM, Blows
from tests.chaos.patience import Browser
from tests.chaos.reckoning import Reckoning
from tests.chaos.voters import prepare_voters
from tests.journeys.patience import eventually
from tests.running import Product

pytestmark = pytest.mark.processes

TAKEN_UP_AGAIN_WITHIN = 15.0  # seconds, p99
PORTAL_BACK_WITHIN = 5.0
_ONE_OF_EACH = ("web process", "worker while it signs", "Valkey wiped", "PostgreSQL")
_CONSENTING = ("Lee Siu Ming", "Chan Ka Yan", "Ho Wai Kit")
_WATCHING = "Wong Mei Ling"

Figure = Callable[[str, object], None]


def test_what_was_answered_survives_one_death_of_each_kind(
    running: Product, tmp_path: Path, record_property: Figure
) -> None:
    def strike(blows: Blows, is_over: Callable[[], bool]) -> None:
        for name in _ONE_OF_EACH:
            if not is_over():
                time.sleep(blows.random.uniform(0.2, 1))
            blows.strike_surely(name)

    plan = Plan(acts_of_a_kind=10, seconds=5, seed=drawn(), urgent=1)
    told, reckoning = run_chaos(
        running, tmp_path, plan, voters=10, threads=3, judged=3, strike=strike
    )

    tell(told, record_property)
    judge(told, reckoning, blows=_ONE_OF_EACH, slack=2)
    find_what_never_was(reckoning)


@pytest.mark.soak
def test_ten_thousand_answered_acts_survive_random_deaths(
    tmp_path: Path, record_property: Figure
) -> None:
    def strike(blows: Blows, is_over: Callable[[], bool]) -> None:
        for name in blows.random.sample(list(AT_RANDOM), len(AT_RANDOM)):
            time.sleep(blows.random.uniform(2, pause))
            blows.strike_surely(name)
        while not is_over():
            time.sleep(blows.random.uniform(2, pause))
            blows.strike_at_random()

    pause = float(os.environ.get("CHAOS_PAUSE", "20"))
    plan = Plan(
        acts_of_a_kind=int(os.environ.get("CHAOS_ACTS", "10000")) // len(KINDS),
        seconds=60 * float(os.environ.get("CHAOS_MINUTES", "30")),
        seed=drawn(),
        urgent=0.05,
        longest=60 * float(os.environ.get("CHAOS_LONGEST", "240")),
    )
    product = Product(tmp_path / "chaos", port=18200)
    product.start()
    try:
        told, reckoning = run_chaos(
            product, tmp_path, plan, voters=60, threads=3, judged=60, strike=strike
        )
    finally:
        product.remove()

    tell(told, record_property)
    judge(told, reckoning, blows=AT_RANDOM, slack=1)


def drawn() -> int:
    return int(os.environ.get("CHAOS_SEED") or secrets.randbelow(10**6))


def run_chaos(
    product: Product,
    folder: Path,
    plan: Plan,
    *,
    voters: int,
    threads: int,
    judged: int,
    strike: Callable[[Blows, Callable[[], bool]], None],
) -> tuple[dict[str, Any], Reckoning]:
    """Let acts and blows meet, then look everything up."""
    print(f"CHAOS_SEED={plan.seed}", flush=True)
    public_key = folder / "audit.pub"
    public_key.write_text(eventually(lambda: audit_key(product), within=30))
    began_at = datetime.now(UTC)
    prepared = prepare_voters(product, number=voters, folder=folder)
    cast = Cast(product.sandbox, prepared, Ledger(), plan)
    watcher = cast.browser(named(product, _WATCHING))
    directors = [cast.browser(named(product, name)) for name in _CONSENTING]
    signers = [cast.browser(voter) for voter in prepared]
    for browser in (watcher, *directors, *signers):
        browser.enter()
    blows = Blows(product, watcher, random.Random(plan.seed))  # noqa: S311  no secret
    began = plan.began = time.monotonic()
    working = begin(cast, threads, signers, directors)
    strike(blows, lambda: not any(thread.is_alive() for thread in working))
    for thread in working:
        thread.join()
    lasted = time.monotonic() - began
    watcher.http.close()
    reckoning = Reckoning(product, cast, began_at, public_key, judged)
    reckoning.reckon()
    told = report.figures(
        seed=plan.seed,
        seconds=lasted,
        acknowledged=Counter(each.kind for each in cast.ledger.done),
        lost=len(reckoning.lost),
        doubled=len(reckoning.doubled),
        struck=blows.struck,
        answers=cast.ledger.answers.counts,
        taken_up=blows.taken_up_after(),
        portal_back=blows.portal_back,
    )
    found = {
        "lost": reckoning.lost[:50],
        "doubled": reckoning.doubled[:50],
        "wrong": reckoning.wrong[:50],
        "failures": [repr(failure) for failure in cast.failures],
        "never_answered": cast.ledger.given_up,
    }
    report.keep({**told, "found": found}, "report" if plan.acts_of_a_kind > 100 else "small")
    return told, reckoning


def named(product: Product, name: str) -> dict[str, Any]:
    (person,) = [one for one in product.sandbox["persons"] if one["name_en"] == name]
    return dict(person)


def audit_key(product: Product) -> str:
    """It is made when the first event is sealed."""
    return httpx2.get(f"{product.base_url}/audit/public-key", timeout=30).text.strip()


def begin(
    cast: Cast, threads: int, signers: list[Browser], directors: list[Browser]
) -> list[threading.Thread]:
    """Share the acts of each kind among threads, and voters and directors with them."""
    working = []
    for first in range(threads):
        numbers = range(first, cast.plan.acts_of_a_kind, threads)
        working += [
            acts.start(cast, acts.sign, numbers, signers[first::threads]),
            acts.start(cast, acts.consent, numbers, directors[first]),
            acts.start(cast, acts.issue, numbers),
            acts.start(cast, acts.revoke, numbers),
        ]
    return working


def tell(told: dict[str, Any], record_property: Figure) -> None:
    for line in report.lines(told):
        print(line)
        record_property("figure", line)


def find_what_never_was(reckoning: Reckoning) -> None:
    """The reckoning can fail: an act that nobody asked for is lost, one of each kind."""
    liar = Cast(reckoning.cast.sandbox, [], Ledger(), reckoning.cast.plan)
    for kind in KINDS:
        liar.ledger.acknowledge(kind, "never-asked", "nothing")
    doubter = replace(reckoning, cast=liar, lost=[], doubled=[], wrong=[], judged=0)

    doubter.look_up_acts()

    assert {each.partition(":")[0] for each in doubter.lost} >= {
        *("signature request", "signed document", "approval", "consent", "credential"),
        *("revocation", "status", "event credentials.credential.issued"),
    }


def judge(
    told: dict[str, Any], reckoning: Reckoning, *, blows: Iterable[str], slack: float
) -> None:
    """`slack`: a small run beside other tests has few samples, and no machine for itself."""
    wanted = reckoning.cast.plan.acts_of_a_kind
    assert reckoning.cast.failures == []
    assert (reckoning.lost, reckoning.doubled, reckoning.wrong) == ([], [], [])
    assert told["acknowledged"] == {"all": 4 * wanted, **dict.fromkeys(KINDS, wanted)}
    missed = report.shortfalls(
        told,
        blows=blows,
        taken_up_within=slack * TAKEN_UP_AGAIN_WITHIN,
        portal_back_within=slack * PORTAL_BACK_WITHIN,
    )
    assert missed == []
