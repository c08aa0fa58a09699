"""What is done to the product meanwhile, and how long it takes to come back.

Every process but the supervisor's own and the sandbox's neighbours may be hit. A blow whose
target is just away (it is being started again) hits nothing and is not counted.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2
import psycopg2
import redis

from corpid.embedded.processes import descendants, start_time
from tests.chaos.patience import Browser
from tests.journeys.patience import eventually
from tests.running import Product

WORKERS_QUEUES = ("sign", "verify", "retrieve", "notify", "mail")
AT_RANDOM = {  # how often each, beside the others
    "web": 2,
    "web process": 4,
    "worker": 4,
    "worker process": 5,
    "housekeeper": 2,
    "Valkey wiped": 3,
    "PostgreSQL": 2,
}
_HELD = """
SELECT id, fence, clock_timestamp() FROM jobs_job WHERE state = 'leased' AND queue = ANY(%s)
"""
_BACK_AT_LATEST = 60.0
_MARGIN = 0.05  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Victim:
    """A job whose worker died while it held it, perhaps."""

    job_id: str
    fence: int
    died_at: datetime  # by the database's clock


@dataclass
class Blows:
    product: Product
    watcher: Browser  # signed in
    random: random.Random
    struck: Counter[str] = field(default_factory=Counter)
    victims: list[Victim] = field(default_factory=list)
    portal_back: list[float] = field(default_factory=list)  # seconds after PostgreSQL's death

    def strike(self, name: str) -> bool:
        """Say whether it hit."""
        try:
            self._named()[name]()
        except ProcessLookupError:
            return False
        self.struck[name] += 1
        return True

    def strike_surely(self, name: str) -> None:
        """Wait for a target that is away."""
        eventually(lambda: self.strike(name), within=_BACK_AT_LATEST)

    def strike_at_random(self) -> None:
        [name] = self.random.choices(list(AT_RANDOM), list(AT_RANDOM.values()))
        self.strike(name)

    def _named(self) -> dict[str, Callable[[], None]]:
        return {
            "web": lambda: os.kill(self._pid("web"), signal.SIGKILL),
            "web process": lambda: os.kill(self._child("web"), signal.SIGKILL),
            "worker": self._kill_worker,
            "worker process": self._kill_worker_process,
            "worker while it signs": self._kill_signing_worker,
            "housekeeper": lambda: os.killpg(self._pid("housekeeper"), signal.SIGKILL),
            "Valkey wiped": self._wipe_valkey,
            "PostgreSQL": self._restart_postgresql,
        }

    def _pid(self, role: str) -> int:
        try:
            pid = self.product.pid(role)
        except ValueError as absent:  # between its end and its next start
            raise ProcessLookupError(role) from absent
        if start_time(pid) is None:
            raise ProcessLookupError(role)
        return pid

    def _child(self, role: str) -> int:
        children = descendants(self._pid(role))
        if not children:
            raise ProcessLookupError(role)
        return self.random.choice(children)

    def _kill_worker(self) -> None:
        os.killpg(self._pid("worker"), signal.SIGKILL)
        self._note_victims()  # before it is started again nobody else leases anything

    def _kill_worker_process(self) -> None:
        """Which of the held jobs were this process's, their fences tell afterwards."""
        os.kill(self._child("worker"), signal.SIGKILL)
        self._note_victims()

    def _kill_signing_worker(self) -> None:
        """Let the next one kill itself between its signature and its commit."""
        point = self.product.state / "crash-points" / "signatures.seal.after_sign"
        reached = point.with_name(f"{point.name}.reached")
        point.parent.mkdir(exist_ok=True)
        reached.unlink(missing_ok=True)
        point.write_text("SIGKILL")
        eventually(reached.exists, within=_BACK_AT_LATEST)
        self._note_victims()

    def _note_victims(self) -> None:
        for job_id, fence, died_at in query(self.product, _HELD, [list(WORKERS_QUEUES)]):
            self.victims.append(Victim(str(job_id), fence, died_at))

    def _wipe_valkey(self) -> None:
        with redis.Redis.from_url(self.product.environment["CACHE_URL"]) as valkey:
            valkey.flushall()

    def _restart_postgresql(self) -> None:
        """Do what `pg_ctl restart -m immediate` does; the supervisor starts it again.

        Not before the portal answers, or its return would be another blow's.
        """
        self._await_portal(time.monotonic())
        postmaster = self._pid("postgresql")
        began = time.monotonic()
        os.kill(postmaster, signal.SIGQUIT)
        while start_time(postmaster) is not None:
            time.sleep(0.01)
        self._await_portal(began)
        self.portal_back.append(time.monotonic() - began)

    def _await_portal(self, began: float) -> None:
        while not self._portal_answers():
            if time.monotonic() > began + _BACK_AT_LATEST:
                raise TimeoutError("the portal did not come back")
            time.sleep(_MARGIN)

    def _portal_answers(self) -> bool:
        """Ask for a page behind sign-in: its session and its list are in the database."""
        try:
            answer = self.watcher.ask_once("/inbox")
        except httpx2.TransportError:
            return False
        return answer.status_code == 200

    def taken_up_after(self) -> list[float]:
        """Give the seconds from each worker's death to the end of a job that it had held."""
        died = {each.job_id: each for each in self.victims}  # the last death counts
        return [
            (ended_at - died[str(job_id)].died_at).total_seconds()
            for job_id, fence, ended_at in query(
                self.product,
                "SELECT id, fence, ended_at FROM jobs_job"
                " WHERE id = ANY(%s::uuid[]) AND ended_at IS NOT NULL",
                [list(died)],
            )
            if fence > died[str(job_id)].fence
        ]


def query(product: Product, sql: str, values: list[Any] | None = None) -> list[Any]:
    """Ask the product's database as the owner of its tables, while it may be starting."""
    deadline = time.monotonic() + _BACK_AT_LATEST
    while True:
        try:
            connection = psycopg2.connect(product.environment["MIGRATION_DATABASE_URL"])
            try:
                with connection.cursor() as cursor:
                    cursor.execute(sql, values)
                    return cursor.fetchall()
            finally:
                connection.close()
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
