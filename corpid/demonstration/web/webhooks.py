"""What e-services of the sandbox were told: an endpoint to register, and a page to look at."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from corpid.demonstration.webhooks import MAX_BYTES, catch_webhook, caught_webhooks

_SHOWN = 50


@csrf_exempt  # what calls is a worker, which has no cookies
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        caught = list(caught_webhooks(limit=_SHOWN))
        return render(request, "demonstration/webhooks.html", {"caught": caught})
    if request.content_type != "application/json":  # and forms are read before they come here
        return HttpResponse(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if len(request.body) > MAX_BYTES:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    headers = {name.lower(): value for name, value in request.headers.items()}
    catch_webhook(headers=headers, body=request.body, at=timezone.now())
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
