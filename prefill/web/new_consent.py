"""The consent screen: who asks, why, for what; agree and send, send nothing, or answer later.

To look at it changes nothing here. The one GET that does is the arrival with a `request_uri`,
the last step of a redirect that the e-service began: the address works once, HEAD is refused,
and so is a browser that only fetches ahead of its person.
"""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from authentication.models import Capacity
from authentication.web.doors import ActingRequest, acting_required
from corpid.one_time.services.consume_token import TokenNotUsable
from prefill.field_result import JSON
from prefill.models import PrefillRequest
from prefill.services.find_question import find_question
from prefill.services.give_consent import give_consent
from prefill.services.postpone_consent import postpone_consent
from prefill.services.receive_browser import receive_browser
from prefill.services.refuse_consent import refuse_consent
from prefill.services.show_consent import AskedItem, show_consent
from prefill.web.consent_words import consent_words
from prefill.web.status_words import StatusWords, field_words

SESSION_KEY = "prefill_requests"
MOST_REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class ShownItem:
    key: str
    label: str
    department: str
    is_required: bool
    is_ready: bool
    words: StatusWords
    value: list[str]


@require_http_methods(["GET", "POST"])
def new_consent(request: HttpRequest) -> HttpResponseBase:
    if _is_prefetch(request):
        return HttpResponse(status=503)  # the browser drops it, and asks when its person does
    if request.method == "GET" and "request_uri" in request.GET:
        return _receive(request)
    return _consent_page(request)


def _is_prefetch(request: HttpRequest) -> bool:
    """Spare the address, which would be used up, and the registers, asked for nobody."""
    purpose = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    return purpose.startswith("prefetch")


def _receive(request: HttpRequest) -> HttpResponse:
    """Take the browser in, signed in or not; from here on this browser knows the request.

    The same browser may come again with the used address (a reload, "back"); others may not.
    """
    try:
        arrived = receive_browser(request_uri=request.GET["request_uri"], at=timezone.now())
    except TokenNotUsable as error:
        if error.token is None or error.token.subject not in _remembered(request):
            raise
        reference = error.token.subject
    else:
        reference = arrived.reference
        remembered = [*_remembered(request), reference]
        request.session[SESSION_KEY] = remembered[-MOST_REMEMBERED:]
    return HttpResponseRedirect(f"{reverse('new_consent')}?{urlencode({'request': reference})}")


def _remembered(request: HttpRequest) -> list[str]:
    found = request.session.get(SESSION_KEY, [])
    return found if isinstance(found, list) else []


@acting_required
def _consent_page(request: ActingRequest) -> HttpResponse:
    asked = _asked(request)
    if request.method == "POST":
        return _answer(request, asked)
    if asked.state not in PrefillRequest.ANSWERABLE and asked.company_id:
        return HttpResponseRedirect(reverse("form", args=[asked.reference]))
    language = get_language() or "en"
    screen = show_consent(
        request=asked, acting=request.acting, language=language, at=timezone.now()
    )
    with_values = "preview" in request.GET
    plain_path = f"{request.path}?{urlencode({'request': asked.reference})}"
    context = {
        "asked": asked,
        "title": asked.template_version.template.title_in(language),
        "words": consent_words(screen, language),
        "notice": screen.notice,
        "items": [_shown(item, language, with_values=with_values) for item in screen.items],
        "with_values": with_values,
        "agree_without_count": not screen.ready,
        "answer_path": reverse("new_consent"),
        "preview_path": f"{plain_path}&preview=1",
        "plain_path": plain_path,
    }
    return render(request, "prefill/new_consent.html", context)


def _asked(request: ActingRequest) -> PrefillRequest:
    data = request.POST if request.method == "POST" else request.GET
    reference = data.get("request", "")
    return find_question(
        reference=reference,
        acting=request.acting,
        is_known_here=reference in _remembered(request),
    )


def _answer(request: ActingRequest, asked: PrefillRequest) -> HttpResponse:
    written = request.POST.get("notice_language", "")
    language = written if written in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    notice, now = request.POST.get("notice", ""), timezone.now()
    if request.POST.get("decision") == "later":
        postpone_consent(request=asked, acting=request.acting, at=now)
        messages.success(request, gettext("The question waits in your inbox."))
        return HttpResponseRedirect(reverse("inbox"))
    if request.POST.get("decision") == "agree":
        give_consent(
            request=asked,
            acting=request.acting,
            granted=frozenset(request.POST.getlist("items")),
            notice_sha256=notice,
            language=language,
            at=now,
        )
    else:
        refuse_consent(
            request=asked,
            acting=request.acting,
            notice_sha256=notice,
            language=language,
            at=now,
        )
    return HttpResponseRedirect(reverse("form", args=[asked.reference]))


def _shown(item: AskedItem, language: str, *, with_values: bool) -> ShownItem:
    definition = item.definition
    return ShownItem(
        key=definition.key,
        label=definition.label_in(language),
        department=definition.department.name_in(language),
        is_required=item.is_required,
        is_ready=item.is_ready,
        words=field_words(item.result.status, item.result.reason),
        value=_lines(item) if with_values and item.is_ready else [],
    )


def _lines(item: AskedItem) -> list[str]:
    """Write a value for a reader: one line for each entry of a list, codes in words."""
    value = item.result.value
    entries = value if isinstance(value, list) else [value]
    words = _words if item.definition.code_list else _written
    return [words(entry) for entry in entries]


def _written(entry: JSON) -> str:
    if isinstance(entry, dict):
        return " ".join(str(part) for part in entry.values())
    return "–" if entry in {None, ""} else str(entry)


def _words(code: JSON) -> str:
    return str(Capacity(code).label) if code in Capacity.values else _written(code)
