"""Log lines as JSON, each with the trace id of its request or the id of its job."""

import logging
from functools import lru_cache
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from corpid.tracing import tell_trace

_SECRET_WORDS = ("password", "secret", "token", "assertion", "authorization", "cookie", "code_")


def _withhold_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank what is named like a secret: a slip in a log call must not become a leak."""
    for name in event:
        if _is_secret(name):
            event[name] = "withheld"
    return event


@lru_cache(maxsize=1024)  # log calls use few names, in every line
def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET_WORDS)


class RouteForPath(logging.Filter):
    """Let Django's own lines about a request name its route instead of its path.

    A path may hold somebody's number, or a secret that opens a page. The trace id stands in the
    line as in every other, and leads to the rest.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is None or not isinstance(record.args, tuple):
            return True
        path: str = request.path
        # Django writes letters beyond ASCII, and controls, as escapes.
        hidden = {path, path.encode("unicode_escape").decode("ascii")}
        match = request.resolver_match
        route = f"route {match.view_name}" if match else "no route"
        record.args = tuple(route if value in hidden else value for value in record.args)
        return True


_SHARED: list[Processor] = [
    tell_trace,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _withhold_secrets,
]


def logging_settings(*, level: str) -> dict[str, Any]:
    """Give Django's LOGGING, and make structlog's loggers speak through the same formatter."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "filters": {"route_for_path": {"()": RouteForPath}},
        "handlers": {
            "stderr": {
                "class": "corpid.operations.lines.LineHandler",
                "formatter": "json",
                "filters": ["route_for_path"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Its warnings (404, 403) are answers, and the web server's access log has them.
            "django.request": {"level": "ERROR"},
            "httpx2": {"level": "WARNING"},  # it would log whole addresses, queries included
            # Two lines a second from the timetable alone; failures are errors and stay.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
