"""From a request's commit to a worker that has taken its job, beside Celery's bare `delay`.

Ours is a row, a commit, a wake-up, and a lease in PostgreSQL: the moment that counts is the
lease's (`started_at`). The work itself finds a document that is signed already, and ends.
"""

import atexit
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from benchmarks.measuring import Case, JudgedBy, NotMeasured, Sample, Void
from benchmarks.processes import cpu_seconds
from benchmarks.product import ROOT, Product
from benchmarks.signing import Signing
from corpid.embedded.roles import WORKER

TITLE = "Committed request to started job"
BAR = 1.2
_UP_WITHIN = 60.0
_STARTED_WITHIN = 30.0
_LOOK_EVERY = 0.002  # seconds: the figure is read from clocks, not from the look


def prepare(product: Product) -> Case:
    os.environ["BARE_BROKER_URL"] = product.environment["BROKER_URL"]
    signing = Signing(product)
    signing.signed_by_the_worker()
    reference = signing.company.signature_requests.latest("created_at").reference
    bare = _start_bare_worker()
    return Case(
        name="job_start",
        title=TITLE,
        subject=Started(
            "enqueue_job", lambda: _ours(reference), lambda: product.cpu_of("worker")
        ),
        comparison=Started("bare Celery delay", _bare, lambda: cpu_seconds([bare])),
        bar=BAR,
        judged_by=JudgedBy.P50,
    )


@dataclass(slots=True)
class Started:
    """One job after the other; `operation` gives the seconds until it was started."""

    name: str
    operation: Callable[[], float]
    cpu: Callable[[], float]

    def warm_up(self, seconds: float) -> None:
        self.measure(seconds)

    def measure(self, seconds: float) -> Sample:
        latencies: list[float] = []
        began, began_cpu = monotonic(), self.cpu()
        while monotonic() - began < seconds or not latencies:
            latencies.append(self.operation())
        return Sample(
            good=len(latencies),
            cpu_seconds=self.cpu() - began_cpu,
            seconds=monotonic() - began,
            latencies=latencies,
        )


def _ours(reference: str) -> float:
    from corpid.jobs.models import Job  # noqa: PLC0415  after setup
    from corpid.jobs.services.enqueue_job import enqueue_job  # noqa: PLC0415

    committed: list[float] = []
    with transaction.atomic():
        transaction.on_commit(lambda: committed.append(time.time()))  # before the wake-up
        job = enqueue_job(
            kind="signatures.seal", arguments={"request": reference}, at=timezone.now()
        )

    def started() -> float | None:
        job.refresh_from_db(fields=["state", "started_at"])
        if job.state != Job.State.DONE or job.started_at is None:
            return None
        return job.started_at.timestamp()

    return _eventually(started) - committed[0]


def _bare() -> float:
    from benchmarks.servers.bare_celery import begin, note_of, notes  # noqa: PLC0415  its broker is known

    turn, valkey = uuid4().hex, notes()
    asked = time.time()
    begin.delay(turn)

    def started() -> float | None:
        note = valkey.get(note_of(turn))
        return float(note) if isinstance(note, bytes) else None

    began = _eventually(started)
    valkey.close()
    return began - asked


def _start_bare_worker() -> int:
    """Start a worker of bare Celery with as many processes as ours; give its id."""
    processes = WORKER.command[WORKER.command.index("--concurrency") + 1]
    worker = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "--app", "benchmarks.servers.bare_celery"),
            *("worker", "--concurrency", processes, "--hostname", "bare@%h"),
            *("--without-gossip", "--without-mingle"),
        ],
        cwd=ROOT,
        env={
            name: value
            for name, value in os.environ.items()
            if name != "DJANGO_SETTINGS_MODULE"
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(_stop, worker)
    deadline = monotonic() + _UP_WITHIN
    while not _is_up():
        if worker.poll() is not None or monotonic() > deadline:
            raise NotMeasured("bare Celery did not start")
    return worker.pid


def _is_up() -> bool:
    from benchmarks.servers.bare_celery import app  # noqa: PLC0415  its broker is known by now

    return bool(app.control.inspect(timeout=1).ping())


def _stop(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    worker.wait(timeout=30)


def _eventually(look: Callable[[], float | None]) -> float:
    deadline = monotonic() + _STARTED_WITHIN
    while (found := look()) is None:
        if monotonic() > deadline:
            raise Void("no worker took the job")
        time.sleep(_LOOK_EVERY)
    return found
