"""A web server that is about to stop: those who answer for it can see that it is.

Its processes share one mark, a file whose path the first of them draws (corpid/web_server.py).
"""

import os
import time
from pathlib import Path

MARK_VARIABLE = "CORPID_DRAINING_MARK"
LOOK_EVERY = 0.1  # seconds: each answer asks, and a drain lasts many times as long


class _LastLook:
    is_good_until = 0.0
    found = False


def begin_draining() -> None:
    Path(os.environ[MARK_VARIABLE]).touch()
    forget_last_look()


def is_draining() -> bool:
    """Tell what was so when somebody last looked, LOOK_EVERY ago at most."""
    now = time.monotonic()
    if now >= _LastLook.is_good_until:
        mark = os.environ.get(MARK_VARIABLE)
        _LastLook.found = mark is not None and Path(mark).exists()
        _LastLook.is_good_until = now + LOOK_EVERY
    return _LastLook.found


def forget_last_look() -> None:
    _LastLook.is_good_until = 0.0
