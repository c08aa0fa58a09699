"""Whether the service works now, measured when the page is asked for."""

from datetime import timedelta

from django.core.cache import cache
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from corpid.jobs.models import Job

LATE = timedelta(seconds=30)


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    waiting = Job.objects.filter(state=Job.State.QUEUED, run_after__lte=now)
    oldest = waiting.aggregate(oldest=Min("run_after"))["oldest"]
    context = {
        "now": now,
        "cache_answers": _cache_answers(),
        "work_is_late": oldest is not None and now - oldest > LATE,
    }
    return render(request, "portal/status.html", context)


def _cache_answers() -> bool:
    try:
        cache.get("status")
    except RedisError:
        return False
    return True
