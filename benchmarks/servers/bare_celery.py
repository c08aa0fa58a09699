"""Celery as its first steps show it: an app, a task, `delay`. The task notes when it began."""

import os
import time

import redis
from celery import Celery

BROKER_URL = os.environ.get("BARE_BROKER_URL", "")
QUEUE = "bare"
_KEPT_FOR = 60  # seconds

app = Celery("bare", broker=BROKER_URL)
app.conf.task_default_queue = QUEUE
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True


def notes() -> redis.Redis:
    """Reach the database of the broker, where the task leaves its note."""
    socket, _, database = BROKER_URL.removeprefix("redis+socket://").partition("?virtual_host=")
    return redis.Redis(unix_socket_path=socket, db=int(database))


def note_of(turn: str) -> str:
    return f"bare:{turn}"


@app.task(name="bare.begin")
def begin(turn: str) -> None:
    now = time.time()
    notes().set(note_of(turn), repr(now), ex=_KEPT_FOR)
