"""Is the process up, and does everything it needs answer? For supervisors and balancers."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from corpid.operations.services.check_readiness import check_readiness


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    readiness = check_readiness(at=timezone.now())
    parts = {name: fault or "ok" for name, fault in readiness.faults.items()}
    return JsonResponse(
        {"ready": readiness.is_ready, "parts": parts, "warnings": list(readiness.warnings)},
        status=200 if readiness.is_ready else 503,
    )
