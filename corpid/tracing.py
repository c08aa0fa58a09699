"""The trace that this thread works for: its id stands in every log line, and goes along.

A thread that works for another is started in a copy of its context
(`contextvars.copy_context().run`).
"""

import os
import secrets
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

_NOTHING: Mapping[str, str] = MappingProxyType({})
_AT_ONCE = 256  # ids: one call of the system for each would cost a request more than its trace

_said: ContextVar[Mapping[str, str]] = ContextVar("what each line says", default=_NOTHING)
_drawn: list[str] = []


def begin_trace(trace_id: str | None, **more: str) -> str:
    """Forget whatever this thread did before; begin a trace of our own where none is given.

    `more` stands in every line too.
    """
    begun = trace_id or _draw()
    _said.set({"trace_id": begun, **more})
    return begun


def end_trace() -> None:
    _said.set(_NOTHING)


def current_trace_id() -> str | None:
    return _said.get().get("trace_id")


def tell_trace(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Complete a line of log, as one of structlog's processors."""
    for name, value in _said.get().items():
        event.setdefault(name, value)
    return event


def _draw() -> str:
    while True:
        try:
            return _drawn.pop()
        except IndexError:
            drawn = secrets.token_hex(16 * _AT_ONCE)
            _drawn.extend(drawn[start : start + 32] for start in range(0, len(drawn), 32))


os.register_at_fork(after_in_child=_drawn.clear)  # or a child gives the same as its parent
