"""Outages on the pages that they concern: a band under the header, in the reader's words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from corpid.operations.models import SwitchedFunction
from corpid.operations.outage_notices import OutageNotice
from corpid.operations.services.list_outages import list_outages

SHOWN_BEFORE = timedelta(hours=72)
# Which pages a function that is away concerns, by the beginning of their address. The page on
# service status tells of all; the start page of all but the sign-in to one e-service.
_PAGES: dict[SwitchedFunction, tuple[str, ...]] = {
    SwitchedFunction.SIGNING: ("/sign",),
    SwitchedFunction.ISSUING: ("/wallet",),
    SwitchedFunction.PREFILL: ("/consents", "/forms"),
    SwitchedFunction.LOGIN: ("/sign-in", "/oauth/authorize"),
}
_STATUS = "/status"
_ALL = ("/", _STATUS)


@dataclass(frozen=True, slots=True)
class Band:
    text: str
    outage: OutageNotice
    is_planned: bool


def outage_bands(request: HttpRequest) -> dict[str, Callable[[], list[Band]]]:
    """Give templates the bands of this page (a context processor)."""
    return {"outage_bands": lambda: _bands(request)}


def _bands(request: HttpRequest) -> list[Band]:
    concerned = _functions_of(request.path)
    if not concerned:
        return []
    now, language = timezone.now(), get_language() or "en"
    bands = [
        Band(notice.texts[language], notice, is_planned=now < notice.starts_at)
        for notice in list_outages(at=now)
        if concerned.intersection(notice.functions)
        and notice.state(at=now) != "over"
        and notice.starts_at <= now + SHOWN_BEFORE
        and _reaches(notice, request)
    ]
    return sorted(bands, key=lambda band: band.is_planned)  # what is away now comes first


def _functions_of(path: str) -> set[SwitchedFunction]:
    if path in _ALL:
        return set(SwitchedFunction)
    return {
        function
        for function, beginnings in _PAGES.items()
        if any(path == each or path.startswith(f"{each}/") for each in beginnings)
    }


def _reaches(notice: OutageNotice, request: HttpRequest) -> bool:
    """Leave the sign-in to one e-service to the way there, and to who asks what is off."""
    if not notice.client_id or request.path == _STATUS:
        return True
    asked: Any = request.GET.get("client_id", "")
    return bool(notice.client_id == asked)
