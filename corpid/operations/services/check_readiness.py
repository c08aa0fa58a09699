"""Ask each part that requests depend on whether it answers now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from redis.exceptions import RedisError

from corpid.audit.services.measure_log import measure_log
from corpid.errors import NotAvailable
from corpid.jobs.registry import Queue
from corpid.jobs.services.measure_jobs import measure_jobs
from corpid.keys.store import key_store
from corpid.operations.heartbeats import SILENT_AFTER, last_heartbeat
from corpid.operations.models import RecheckFinding, RecheckPass
from corpid.restores.generation import present_generation

OLDEST_WAITING_JOB = timedelta(seconds=60)
OLDEST_UNSEALED_EVENT = timedelta(seconds=60)  # by then a rewritten past has to be found


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is wrong with each part; an empty text says that it answers.

    `warnings` are what somebody has to mend while requests are answered as ever.
    """

    faults: Mapping[str, str]
    warnings: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        return not any(self.faults.values())


def check_readiness(*, at: datetime) -> Readiness:
    parts: dict[str, Callable[[datetime], str]] = {
        "database": _database,
        "cache": _cache,
        "keys": _keys,
        "workers": _workers,
        "queues": _queues,
        "audit": _audit,
        "restore": _restore,
    }
    faults = {name: _ask(part, at) for name, part in parts.items()}
    warnings = () if faults["database"] else (*_dead_jobs(at), *_followers(at), *_rechecks(at))
    return Readiness(faults, warnings=warnings)


def _ask(part: Callable[[datetime], str], at: datetime) -> str:
    try:
        return part(at)
    except (DatabaseError, InterfaceError, RedisError, NotAvailable) as error:
        return type(error).__name__


def _database(_at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _cache(at: datetime) -> str:
    cache.set("readiness", at.isoformat(), timeout=60)
    return "" if cache.get("readiness") else "what was stored is gone"


def _keys(_at: datetime) -> str:
    key_store().check()
    return ""


def _workers(at: datetime) -> str:
    heard = {queue.value: last_heartbeat(queue.value) for queue in Queue}
    silent = sorted(
        queue for queue, seen in heard.items() if not seen or seen < at - SILENT_AFTER
    )
    return f"no worker for {', '.join(silent)}" if silent else ""


def _queues(at: datetime) -> str:
    """Find queues whose oldest job has been due too long."""
    queues = measure_jobs(at=at).queues
    late = sorted(
        name
        for name, figures in queues.items()
        if figures.waiting_for is not None and figures.waiting_for > OLDEST_WAITING_JOB
    )
    return f"jobs wait too long in {', '.join(late)}" if late else ""


def _audit(at: datetime) -> str:
    """Find events that are not sealed, and heads that no place outside has taken."""
    figures = measure_log(at=at)
    late = []
    if figures.waiting_for is not None and figures.waiting_for > OLDEST_UNSEALED_EVENT:
        late.append("events wait too long to be sealed")
    if figures.unpublished_for is not None and figures.unpublished_for > OLDEST_UNSEALED_EVENT:
        late.append("no place outside takes the checkpoints")
    return ", ".join(late)


def _restore(_at: datetime) -> str:
    """Tell of a database that was brought back and not made safe: nobody is served."""
    return "" if present_generation().is_finished else "finish_restore has not ended"


def _dead_jobs(at: datetime) -> tuple[str, ...]:
    """Tell of jobs that used up their attempts and wait for a caseworker."""
    queues = measure_jobs(at=at).queues
    return tuple(
        f"jobs: {figures.dead} dead in {name}"
        for name, figures in sorted(queues.items())
        if figures.dead
    )


def _followers(at: datetime) -> tuple[str, ...]:
    """Tell of each place and witness that fails, even where another does not."""
    return tuple(
        f"audit: {place.name} fails since"
        f" {place.failing_since:%Y-%m-%dT%H:%M:%SZ}: {place.failure}"
        for place in measure_log(at=at).failing
    )


def _rechecks(at: datetime) -> tuple[str, ...]:
    """Tell of what was signed or issued and should not be as it is, and of looks that fail."""
    count = RecheckFinding.objects.filter(ended_at=None).count()
    found = (f"recheck: {count} mismatches",) if count else ()
    stuck = RecheckPass.objects.stuck(at=at).order_by("what", "kind")
    return (*found, *(f"recheck: {each.what} ({each.kind}) is stuck" for each in stuck))
