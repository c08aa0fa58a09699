"""Releases lose no request: migrations, two versions side by side, the old one stopped.

A balancer in front, several web servers, requests of all kinds without a pause. Each release
migrates a table that is written all the time, while somebody's long transaction holds it.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from corpid.embedded.processes import kill_group
from tests.deploys.house import House, Started
from tests.deploys.load import Tally, User
from tests.deploys.releases import IN_ORDER, TABLE, Release, Step, first_release, next_release
from tests.journeys.portal import Portal

pytestmark = [pytest.mark.processes, pytest.mark.needs("haproxy")]
HELD_ON_FOR = 1.5  # seconds
LONGEST = 60.0  # seconds for whatever is waited for
TRYING_AGAIN = "tables are in use, trying again"

Open = Callable[..., House]


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Open]:
    opened: list[House] = []

    def make(**how: int | bool) -> House:
        house = House(tmp_path, **how)  # type: ignore[arg-type]  # its own fields
        opened.append(house)
        house.open()
        return house

    yield make
    for house in opened:
        house.close()


@dataclass
class Drill:
    house: House
    tally: Tally
    said: list[str]  # by `prepare`, one for each release
    seconds: float
    retries: int

    def told(self) -> str:
        tally = self.tally
        return (
            f"{len(self.said)} deploys with migrations: {len(tally.faults)} of"
            f" {tally.total:,} requests failed ({tally.total / self.seconds:.0f}/s, p50"
            f" {tally.quantile(0.5) * 1000:.0f} ms, p99 {tally.quantile(0.99) * 1000:.0f} ms,"
            f" longest {max(tally.seconds):.2f} s; the balancer tried {self.retries} again);"
            f" answers by release: {dict(sorted(tally.answers.items()))}"
        )


def drill(
    house: House, folder: Path, steps: Sequence[Step], *, users: int, requests: int
) -> Drill:
    """Take releases one after another, and at least so many requests evenly beside them."""
    release = first_release(folder)
    house.prepare(release)
    house.start(release)
    tally, is_over, said = Tally(), threading.Event(), list[str]()
    browser = Portal(house.base_url)
    assert browser.sign_in(house.sandbox["persons"][0]).status == 200
    tally.watch(browser.http)
    threads = [
        threading.Thread(
            target=User(house.base_url, house.sandbox, tally, None if number else browser).run,
            args=[is_over],
            daemon=True,
        )
        for number in range(users)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    try:
        for number, step in enumerate(steps, 1):
            tally.await_requests(requests * number // (len(steps) + 1))
            release = next_release(release, step)
            said.append(deploy(house, release))
        tally.await_requests(requests)
    finally:
        is_over.set()
        ends_by = time.monotonic() + LONGEST
        for thread in threads:
            thread.join(timeout=max(0, ends_by - time.monotonic()))
            if thread.is_alive():
                tally.fault(f"{thread.name} is still at a round")
        browser.http.close()
    return Drill(house, tally, said, time.monotonic() - began, house.balancer.retries())


def deploy(house: House, release: Release) -> str:
    old = list(house.running)
    held = threading.Event()
    holder = threading.Thread(target=hold_table, args=[house, release, held], daemon=True)
    holder.start()
    assert held.wait(LONGEST), "the table was not held"
    house.prepare(release)
    holder.join(timeout=LONGEST + HELD_ON_FOR)
    assert not holder.is_alive(), "the table is still held"
    house.start(release)
    house.stop(old)
    return house.prepared(release).read_text()


def hold_table(house: House, release: Release, held: threading.Event) -> None:
    """Keep a transaction open that may write to the table: a report, a forgotten shell.

    It ends some moments after the migration has run into it.
    """
    with (
        closing(psycopg2.connect(house.environment["MIGRATION_DATABASE_URL"])) as opened,
        opened.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {TABLE} SET title = title WHERE false")  # noqa: S608  our own
        held.set()
        said, deadline = house.prepared(release), time.monotonic() + LONGEST
        while not (said.exists() and TRYING_AGAIN in said.read_text()):
            if time.monotonic() > deadline:
                break  # the test tells
            time.sleep(0.1)
        time.sleep(HELD_ON_FOR)
        opened.rollback()


def test_a_deploy_with_a_migration_loses_no_request(
    open_house: Open, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    house = open_house(web_servers=1, has_workers=False)

    outcome = drill(house, tmp_path, ["add"], users=2, requests=300)

    record_property("figure", outcome.told())
    assert outcome.tally.faults == []
    assert set(outcome.tally.answers) == {"0", "1"}
    assert TRYING_AGAIN in outcome.said[0]


@pytest.mark.soak
def test_three_deploys_lose_none_of_thirty_thousand_requests(
    open_house: Open, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    house = open_house(web_servers=2, has_workers=True)

    outcome = drill(house, tmp_path, IN_ORDER, users=8, requests=30_000)

    record_property("figure", outcome.told())
    assert outcome.tally.faults == []
    assert set(outcome.tally.answers) == {"0", "1", "2", "3"}
    assert all(TRYING_AGAIN in said for said in outcome.said)


@pytest.mark.soak
def test_a_migration_that_the_previous_release_cannot_live_with_would_be_noticed(
    open_house: Open, tmp_path: Path
) -> None:
    house = open_house(web_servers=1, has_workers=False)

    outcome = drill(house, tmp_path, ["add and require at once"], users=2, requests=300)

    assert any("500" in fault for fault in outcome.tally.faults)


@pytest.mark.soak
def test_a_server_that_is_killed_while_it_answers_would_be_noticed(
    open_house: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_house(web_servers=1, has_workers=False)

    def kill(old: list[Started]) -> None:
        for started in old:
            kill_group(started.process.pid)
            started.process.wait(timeout=LONGEST)
            house.running.remove(started)

    monkeypatch.setattr(house, "stop", kill)

    outcome = drill(house, tmp_path, ["add"], users=8, requests=600)

    assert outcome.tally.faults != []
