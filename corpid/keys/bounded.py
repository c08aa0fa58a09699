"""A bounded, short-lived memory of the process for keys: opened ones, and which is active."""

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakSet

Name = TypeVar("Name")
Kept = TypeVar("Kept")


class Bounded(Generic[Name, Kept]):
    """So many entries, so many seconds; least recently used out first; no fork inherits it."""

    def __init__(self, *, entries: int, seconds: float) -> None:
        self._entries = entries
        self._seconds = seconds
        self.clear()
        _all.add(self)

    def peek(self, name: Name) -> Kept | None:
        with self._lock:
            found = self._kept.get(name)
            if found is None or time.monotonic() - found[0] >= self._seconds:
                return None
            self._kept.move_to_end(name)
            return found[1]

    def put(self, name: Name, kept: Kept) -> None:
        with self._lock:
            self._kept[name] = (time.monotonic(), kept)
            self._kept.move_to_end(name)
            while len(self._kept) > self._entries:
                self._kept.popitem(last=False)

    def get(self, name: Name, load: Callable[[], Kept]) -> Kept:
        found = self.peek(name)
        if found is None:
            found = load()
            self.put(name, found)
        return found

    def clear(self) -> None:
        self._lock = Lock()  # a forked child may have inherited a held one
        self._kept: OrderedDict[Name, tuple[float, Kept]] = OrderedDict()

    def __repr__(self) -> str:
        return f"<bounded memory of {len(self._kept)}>"


_all: WeakSet[Bounded[Any, Any]] = WeakSet()


def forget_everything() -> None:
    """Drop what the process remembers of keys; the next use reads them again."""
    for memory in list(_all):
        memory.clear()


os.register_at_fork(after_in_child=forget_everything)
