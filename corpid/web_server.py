"""The web server, which leaves without a request lost: `python -m corpid.web_server`.

SIGTERM begins a drain. For $DRAIN_SECONDS everything is served as before, but `/servez` answers
503 and every answer closes its connection, so that a balancer turns to other servers and keeps
no connection to this one. Then nothing new is accepted, what is being answered is finished, and
the processes end. A second signal ends the drain at once.
"""

import contextlib
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from corpid.operations.draining import MARK_VARIABLE, begin_draining, is_draining

# Threads wait for the database and for slow clients, so there are many more than cores. One is
# made when it is wanted and ends after 30 idle seconds, its database connection with it. The
# server bounds the time for headers alone: see docs/decisions/0010-slow-request-bodies.md.
WORKERS, THREADS, BACKLOG = 2, 32, 1024
_HEADERS_WITHIN = 10_000  # milliseconds
# A request waits for up to 10 s on purpose (`Prefer: wait`, a twin in flight). An upload to a
# bucket alone may take longer (corpid/files/object_storage.py): it is cut off, and sent again.
ANSWERS_END_WITHIN = 15  # seconds
_DRAIN_SECONDS = 10.0  # a balancer that asks each second and believes the second needs 3


class DrainingServer(MPServer):
    drain_seconds: float = 0.0

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        stop = super().signal_handler_interrupt
        if self.drain_seconds == 0 or is_draining():
            stop(*args, **kwargs)  # type: ignore[no-untyped-call]  # granian says no types here
            return
        begin_draining()
        timer = threading.Timer(self.drain_seconds, stop)
        timer.daemon = True
        timer.start()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="corpid-web-") as folder:
        os.environ[MARK_VARIABLE] = str(Path(folder) / "draining")  # its workers inherit it
        server = DrainingServer(
            "corpid.wsgi:application",
            interface=Interfaces.WSGI,
            address=os.environ.get("GRANIAN_HOST", "127.0.0.1"),
            port=int(os.environ.get("GRANIAN_PORT", "8000")),
            http=HTTPModes.auto,
            http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN),
            websockets=False,
            workers=WORKERS,
            blocking_threads=THREADS,
            backlog=BACKLOG,
            respawn_failed_workers=True,
            respawn_interval=0.5,
            workers_kill_timeout=ANSWERS_END_WITHIN,
        )
        server.drain_seconds = float(os.environ.get("DRAIN_SECONDS", _DRAIN_SECONDS))
        with contextlib.suppress(KeyboardInterrupt):
            server.serve()


if __name__ == "__main__":
    main()
