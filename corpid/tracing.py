"""The trace that this thread works for: its id stands in every log line, and goes along.

It is kept where structlog keeps what all lines say, so that the two can't differ. A thread that
works for another is started in a copy of its context (`contextvars.copy_context().run`).
"""

import secrets

from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars


def begin_trace(trace_id: str | None, **more: str) -> str:
    """Forget whatever this thread did before; begin a trace of our own where none is given."""
    begun = trace_id or secrets.token_hex(16)
    clear_contextvars()
    bind_contextvars(trace_id=begun, **more)
    return begun


def end_trace() -> None:
    clear_contextvars()


def current_trace_id() -> str | None:
    trace_id: str | None = get_contextvars().get("trace_id")
    return trace_id
