"""Whether the service works now, measured when the page is asked for."""

from datetime import timedelta

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from corpid.jobs.services.measure_jobs import measure_jobs

LATE = timedelta(seconds=30)


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    waits = [queue.waiting_for for queue in measure_jobs(at=now).queues.values()]
    context = {
        "now": now,
        "cache_answers": _cache_answers(),
        "work_is_late": any(wait is not None and wait > LATE for wait in waits),
    }
    return render(request, "portal/status.html", context)


def _cache_answers() -> bool:
    try:
        cache.get("status")
    except RedisError:
        return False
    return True
