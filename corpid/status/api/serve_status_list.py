"""Serve status lists to anybody: who fetches one does not tell whom it asks about."""

import hashlib
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from corpid.protocols.status_list import MEDIA_TYPE
from corpid.status.models import StatusList, StatusListVersion
from corpid.status.services.find_version import NoSuchStatusList, find_version

_LAST_MOMENT = 253402300799  # the end of the year 9999


def _open_to_all(response: HttpResponse) -> HttpResponse:
    """Let pages of any origin read it (section 11.3): it holds nothing about anybody."""
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _moment(text: str | None) -> datetime | None:
    """Read `?time=`: seconds since 1970 (section 8.4)."""
    if text is None:
        return timezone.now()
    if not text.isascii() or not text.isdigit() or int(text) > _LAST_MOMENT:
        return None
    return datetime.fromtimestamp(int(text), tz=UTC)


@require_safe
def serve_status_list(request: HttpRequest, list_id: str) -> HttpResponse:
    """Answer as the draft has it: 400 for a time that is none, 404 if nothing was there."""
    at = _moment(request.GET.get("time"))
    if at is None:
        return _open_to_all(HttpResponse(status=400))
    try:
        version = find_version(list_id=list_id, at=at)
    except NoSuchStatusList:
        return _open_to_all(HttpResponse(status=404))
    return _open_to_all(_answer(request, version, is_past="time" in request.GET))


def _answer(request: HttpRequest, version: StatusListVersion, *, is_past: bool) -> HttpResponse:
    takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    body = bytes(version.gzipped if takes_gzip else version.token)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response: HttpResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type=MEDIA_TYPE)
        if takes_gzip:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    # Half of the time to live: whoever holds it as long as it allows is never two lists behind.
    max_age = 86400 if is_past else version.ttl_seconds // 2
    response["Cache-Control"] = f"public, max-age={max_age}"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@require_safe
def list_status_lists(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  Django's signature
    """Name every list that still serves (section 9.3), for those who fetch them ahead."""
    lists = StatusList.objects.filter(expiry_year__gte=timezone.now().year).order_by(
        "created_at"
    )
    response = JsonResponse({"status_lists": [status_list.uri for status_list in lists]})
    response["Cache-Control"] = "public, max-age=300"
    return _open_to_all(response)
