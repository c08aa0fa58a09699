"""Tell whether the process is up, takes requests, and has all that it needs.

`/healthz` is for who would restart it, `/servez` for who chooses among web servers, `/readyz`
for who watches over the whole: a fault of a queue is no reason to show nobody a page.
"""

import time
from threading import Lock

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from corpid.operations.draining import is_draining
from corpid.operations.services.check_readiness import Readiness, check_readiness

# Seconds. Anybody may ask, and each look asks every part: two a second are enough to watch.
REMEMBERED_FOR = 0.5


class _LastLook:
    """What this process found; while one thread looks, the others wait for what it finds."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._readiness: Readiness | None = None
        self._looked_at = 0.0

    def found(self) -> Readiness:
        with self._turn:
            if self._readiness is None or time.monotonic() - self._looked_at > REMEMBERED_FOR:
                self._readiness = check_readiness(at=timezone.now())
                self._looked_at = time.monotonic()
            return self._readiness

    def forget(self) -> None:
        with self._turn:
            self._readiness = None


last_look = _LastLook()


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def servez(_request: HttpRequest) -> HttpResponse:
    text, status = ("stops in a moment\n", 503) if is_draining() else ("ok\n", 200)
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    if is_draining():
        parts = {"web server": "stops in a moment"}
        return JsonResponse({"ready": False, "parts": parts, "warnings": []}, status=503)
    readiness = last_look.found()
    parts = {name: fault or "ok" for name, fault in readiness.faults.items()}
    return JsonResponse(
        {"ready": readiness.is_ready, "parts": parts, "warnings": list(readiness.warnings)},
        status=200 if readiness.is_ready else 503,
    )
