"""What requests leave to be done a moment later, many together, by one thread of the process.

A line of log and a count are cheap in the hundred and dear one by one: each is a system call or
a lock that every thread of a web server meets. So those who take such work put it into a queue
of their own while `is_gathering()`, and name with `register` what empties it. A web server's
process calls `begin_gathering`; every other one (workers, commands, tests, a child that was
forked) does the work at once, and nothing of it waits.

What is under way when a process is killed is lost: what the last WINDOW brought, no more. An
end that is not a kill loses nothing.
"""

import os
import threading
from collections.abc import Callable
from multiprocessing.util import Finalize

WINDOW = 0.1  # seconds

_emptying: list[Callable[[], None]] = []
_beside: list[Callable[[], None]] = []


class _Process:
    """Whether this process gathers, and the thread that does the work then."""

    is_gathering = False
    is_over = threading.Event()


def register(empty: Callable[[], None]) -> None:
    """`empty` does all that waits; it may be called by several threads, and with no work."""
    _emptying.append(empty)


def register_beside(work: Callable[[], None]) -> None:
    """Let `work` have a thread of its own: it may wait for others, and is nobody's promise.

    It is called every WINDOW as well, but not at the end, nor by `do_what_waits`.
    """
    _beside.append(work)


def is_gathering() -> bool:
    return _Process.is_gathering


def begin_gathering() -> None:
    if _Process.is_gathering:
        return
    _Process.is_over = threading.Event()
    _Process.is_gathering = True
    for work in (do_what_waits, *_beside):
        threading.Thread(
            target=_repeat, args=(work, _Process.is_over), name="gathering", daemon=True
        ).start()
    # Not atexit: a server's process that was forked by multiprocessing runs these alone.
    Finalize(None, end_gathering, exitpriority=100)


def end_gathering() -> None:
    """Do what waits, and from here on everything at once."""
    _Process.is_over.set()
    _Process.is_gathering = False
    do_what_waits()


def do_what_waits() -> None:
    for empty in _emptying:
        empty()


def _repeat(work: Callable[[], None], is_over: threading.Event) -> None:
    try:
        while not is_over.wait(WINDOW):
            work()
    finally:
        if not is_over.is_set():  # it failed: nobody comes any more for what would wait
            _Process.is_gathering = False


def _be_a_child() -> None:
    """Gather nothing: a forked child has no such thread, and what waits is its parent's."""
    _Process.is_gathering = False


os.register_at_fork(after_in_child=_be_a_child)
