"""How far behind the events the running product seals and publishes (performance.md)."""

import bisect
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest

from corpid.embedded.roles import ROOT
from tests.running import Product

pytestmark = pytest.mark.soak

WRITERS = 8
EVENTS_A_SECOND = float(os.environ.get("CORPID_SOAK_EVENTS", "2000"))
SECONDS = float(os.environ.get("CORPID_SOAK_SECONDS", "60"))
SEALED_WITHIN, PUBLISHED_WITHIN = 2.0, 10.0
_SIZES = (
    "SELECT (SELECT size FROM audit.sealer),"
    " (SELECT coalesce(max(size), 0) FROM audit.checkpoint WHERE published_at IS NOT NULL)"
)


def test_events_are_sealed_and_published_in_time_under_load(
    running: Product, tmp_path: Path, record_property: Callable[[str, str], None]
) -> None:
    files = [tmp_path / f"{number}" for number in range(WRITERS)]
    writers = [start_writer(running, file) for file in files]

    sealed, published, rate = watch(running, writers)

    committed = [line.split() for file in files for line in file.read_text().splitlines()]
    places = places_in_the_log(running)
    events = [(places[event_id], float(moment)) for event_id, moment in committed]
    lags = sorted(sealed.moment_of(index) - moment for index, moment in events)
    outside = sorted(published.moment_of(index) - moment for index, moment in events)
    figures = (
        f"audit: {len(committed)} events by {WRITERS} writers, {rate:.0f}/s of"
        f" {EVENTS_A_SECOND:.0f}/s asked for; sealed p50 {percentile(lags, 50):.2f} s,"
        f" p99 {percentile(lags, 99):.2f} s, worst {lags[-1]:.2f} s; published"
        f" p99 {percentile(outside, 99):.2f} s, worst {outside[-1]:.2f} s"
    )
    record_property("figure", figures)
    assert rate > 0.95 * EVENTS_A_SECOND, figures
    assert percentile(lags, 99) <= SEALED_WITHIN, figures
    assert outside[-1] <= PUBLISHED_WITHIN, figures


class Growth:
    """When a size was first seen to be reached; so every lag is a little too long."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.moments: list[float] = []

    def note(self, size: int, moment: float) -> None:
        if not self.sizes or size > self.sizes[-1]:
            self.sizes.append(size)
            self.moments.append(moment)

    def moment_of(self, index: int) -> float:
        return self.moments[bisect.bisect_right(self.sizes, index)]


def start_writer(running: Product, file: Path) -> subprocess.Popen[bytes]:
    arguments = [str(EVENTS_A_SECOND / WRITERS), str(SECONDS), str(file)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.audit.writers", *arguments],
        cwd=ROOT,
        env=running.environment,
    )


def watch(
    running: Product, writers: list[subprocess.Popen[bytes]]
) -> tuple[Growth, Growth, float]:
    """Look at the log until everything is sealed and published; give the events a second."""
    sealed, published = Growth(), Growth()
    with psycopg2.connect(running.environment["DATABASE_URL"]) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        ended = 0.0
        total = 0
        while not ended or published.sizes[-1] < total:
            cursor.execute(_SIZES)
            row = cursor.fetchone()
            assert row is not None
            now = time.time()
            sealed.note(row[0], now)
            published.note(row[1], now)
            if not ended and all(writer.poll() is not None for writer in writers):
                assert {writer.returncode for writer in writers} == {0}
                ended = now
                cursor.execute("SELECT count(*) FROM audit.event")
                (total,) = cursor.fetchone() or (0,)
            assert not ended or now < ended + 120, "what was recorded is not published"
            time.sleep(0.05)
        cursor.execute("SELECT count(*) FROM audit.event WHERE kind = 'soak.recorded'")
        (recorded,) = cursor.fetchone() or (0,)
    return sealed, published, recorded / SECONDS


def places_in_the_log(running: Product) -> dict[str, int]:
    with (
        psycopg2.connect(running.environment["DATABASE_URL"]) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT event_id::text, index FROM audit.leaf")
        return dict(cursor.fetchall())


def percentile(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
