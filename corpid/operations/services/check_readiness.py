"""Ask each part that requests depend on whether it answers now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from corpid.errors import NotAvailable
from corpid.jobs.models import Job
from corpid.jobs.registry import Queue
from corpid.keys.store import key_store
from corpid.operations.heartbeats import SILENT_AFTER, last_heartbeat

OLDEST_WAITING_JOB = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is wrong with each part; an empty text says that it answers."""

    faults: Mapping[str, str]

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
    }
    return Readiness(faults={name: _ask(part, at) for name, part in parts.items()})


def _ask(part: Callable[[datetime], str], at: datetime) -> str:
    try:
        return part(at)
    except (DatabaseError, RedisError, NotAvailable) as error:
        return type(error).__name__


def _database(_at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _cache(at: datetime) -> str:
    cache.set("readiness", at.isoformat(), timeout=60)
    return "" if cache.get("readiness") else "what was stored is gone"


def _keys(_at: datetime) -> str:
    store = key_store()
    wrapped = store.wrap("readiness", "", b"opens")
    return (
        "" if store.unwrap("readiness", "", wrapped) == b"opens" else "opens as something else"
    )


def _workers(at: datetime) -> str:
    heard = {queue.value: last_heartbeat(queue.value) for queue in Queue}
    silent = sorted(
        queue for queue, seen in heard.items() if not seen or seen < at - SILENT_AFTER
    )
    return f"no worker for {', '.join(silent)}" if silent else ""


def _queues(at: datetime) -> str:
    """Find queues whose oldest job has been due too long."""
    late = (
        Job.objects.filter(state=Job.State.QUEUED, run_after__lt=at - OLDEST_WAITING_JOB)
        .order_by("queue")
        .values_list("queue", flat=True)
        .distinct()
    )
    names = ", ".join(late)
    return f"jobs wait too long in {names}" if names else ""
