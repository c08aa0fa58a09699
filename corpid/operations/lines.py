"""Lines of log on their way to standard error: at once, or gathered and many in one write.

A warning is written at once, and what waits goes before it, so that lines stay in order. A
write holds whole lines and no more than a pipe takes in one piece: the processes of a web
server share one standard error, and lines of one never stand inside those of another.
"""

import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator

from corpid import gathering

# With so many the next one waits until they are written, as each would without gathering: a
# standard error that nobody reads slows requests down, and never fills the memory.
MOST_WAITING = 10_000
_IN_ONE_PIECE = 4096  # bytes; PIPE_BUF

Line = str | Callable[[], str]  # one that is not made yet is made by whoever writes it

_waiting: deque[Line] = deque()


class Output:
    """Where lines go: standard error as it was when the last handler was made.

    Celery puts another in its place, which hands to `logging` what is written to it.
    """

    stream = sys.stderr
    turn = threading.RLock()  # a signal may find the thread that it interrupts writing


class LineHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        Output.stream = sys.stderr

    def emit(self, record: logging.LogRecord) -> None:
        try:
            leave_line(self.format(record), at_once=record.levelno >= logging.WARNING)
        except Exception:  # noqa: BLE001  what every handler does: a log call never fails
            self.handleError(record)

    def flush(self) -> None:
        write_lines()


def leave_line(line: Line, *, at_once: bool = False) -> None:
    _waiting.append(line)
    if at_once or not gathering.is_gathering() or len(_waiting) > MOST_WAITING:
        write_lines()


def write_lines() -> None:
    """Write what waits; another thread's write ends before this returns."""
    with Output.turn:
        for piece in _pieces():
            try:
                Output.stream.write(piece)
                Output.stream.flush()
            except (OSError, ValueError):
                # A full disk, a pipe without a reader, a file that was closed: there is nowhere
                # to say so, and a request is not refused for its own line of log.
                continue


def _pieces() -> Iterator[str]:
    piece: list[str] = []
    size = 0
    while _waiting:
        line = _waiting.popleft()
        text = f"{line if isinstance(line, str) else line()}\n"
        length = len(text) if text.isascii() else len(text.encode(errors="replace"))
        if piece and size + length > _IN_ONE_PIECE:
            yield "".join(piece)
            piece, size = [], 0
        piece.append(text)
        size += length
    if piece:
        yield "".join(piece)


def _be_a_child() -> None:
    """Leave its lines to the parent; whoever held the lock there holds none here."""
    _waiting.clear()
    Output.turn = threading.RLock()


gathering.register(write_lines)
os.register_at_fork(after_in_child=_be_a_child)
