"""Whether the service works now, measured when the page is asked for."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from corpid.jobs.services.measure_jobs import measure_jobs
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.list_outages import list_outages
from corpid.operations.switches import functions_off

LATE = timedelta(seconds=30)


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    waits = [queue.waiting_for for queue in measure_jobs(at=now).queues.values()]
    context = {
        "now": now,
        "functions": _states_of_functions(now),
        "cache_answers": _cache_answers(),
        "work_is_late": any(wait is not None and wait > LATE for wait in waits),
    }
    return render(request, "portal/status.html", context)


def _states_of_functions(at: datetime) -> list[tuple[str, str]]:
    """Name each function and say: "working", "off", "off_for_some", or "away" as announced."""
    off = functions_off()
    away = {
        function
        for notice in list_outages(at=at)
        if notice.is_announced and notice.state(at=at) == "current"
        for function in notice.functions
    }
    states = []
    for function in SwitchedFunction:
        clients = {client_id for name, client_id in off if name == function.value}
        if clients:
            state = "off_for_some" if all(clients) else "off"
        else:
            state = "away" if function in away else "working"
        states.append((str(function.label), state))
    return states


def _cache_answers() -> bool:
    try:
        cache.get("status")
    except RedisError:
        return False
    return True
