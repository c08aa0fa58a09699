"""Let a test's process gather as a web server's does, with a window that does not end."""

from collections.abc import Iterator
from contextlib import contextmanager

from corpid import gathering


@contextmanager
def gathered(window: float = 3600.0) -> Iterator[None]:
    usual, gathering.WINDOW = gathering.WINDOW, window
    gathering.begin_gathering()
    try:
        yield
    finally:
        gathering.end_gathering()
        gathering.WINDOW = usual
