"""What Prometheus scrapes, for whoever holds the token that the operator set."""

import hmac
import time

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from corpid import gathering
from corpid.meters.files import read_counts
from corpid.operations.exposition import CONTENT_TYPE, expose
from corpid.operations.services.measure_installation import measure_installation


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Be nothing at all to everybody else, and where no token is set."""
    if not _holds_token(request):
        raise Http404("no token for metrics")
    installation = measure_installation(at=timezone.now())
    _await_counts()
    page = expose(installation, read_counts(settings.METRICS_DIR))
    return HttpResponse(page, content_type=CONTENT_TYPE)


def _await_counts() -> None:
    """Let every process of this machine count what it answered before now."""
    if gathering.is_gathering():
        time.sleep(1.5 * gathering.WINDOW)  # no count waits longer than one
        gathering.do_what_waits()


def _holds_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").encode()
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, wanted)
