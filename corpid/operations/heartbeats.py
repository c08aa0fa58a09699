"""Workers' heartbeats: each queue's last sign of life, kept in the cache.

Celery's heartbeat (every 2 s) is the worker's main loop speaking, so a worker that hangs falls
silent too.
"""

from datetime import datetime, timedelta
from typing import Any

from celery.signals import heartbeat_sent
from django.core.cache import cache
from django.utils import timezone

SILENT_AFTER = timedelta(seconds=15)


@heartbeat_sent.connect
def _record(sender: Any, **_: Any) -> None:
    """Record that these queues have a living worker; `sender` is Celery's Heart."""
    now = timezone.now().isoformat()
    queues = sender.eventer.app.amqp.queues.consume_from
    cache.set_many({_key(queue): now for queue in queues}, timeout=3600)


def last_heartbeat(queue: str) -> datetime | None:
    seen = cache.get(_key(queue))
    return datetime.fromisoformat(seen) if seen else None


def _key(queue: str) -> str:
    return f"heartbeat:{queue}"
