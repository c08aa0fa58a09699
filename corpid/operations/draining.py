"""A web server that is about to stop: those who answer for it can see that it is.

Its processes share one mark, a file whose path the first of them draws (corpid/web_server.py).
"""

import os
from pathlib import Path

MARK_VARIABLE = "CORPID_DRAINING_MARK"


def begin_draining() -> None:
    Path(os.environ[MARK_VARIABLE]).touch()


def is_draining() -> bool:
    mark = os.environ.get(MARK_VARIABLE)
    return mark is not None and Path(mark).exists()
