"""Show a licence: who asks, what would leave, yes or no."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from authentication.web.doors import ActingRequest, acting_required
from credentials.dcql import Lack, Lacking, Match
from credentials.openid4vp import MAX_LINK, LinkMalformed
from credentials.services.answer_presentation_request import answer_presentation_request
from credentials.services.decline_presentation_request import decline_presentation_request
from credentials.services.find_sent import find_sent
from credentials.services.find_standing import find_standing
from credentials.services.find_wallet import Card
from credentials.services.match_wallet import Held
from credentials.services.read_presentation_request import (
    PendingPresentation,
    read_presentation_request,
)
from credentials.web.claim_lines import ClaimLine, claim_lines
from credentials.web.wallet import ShownCard, shown_card

SESSION_KEY = "presented"
CHOICE_PREFIX = "choice-"


class LinkForm(forms.Form):
    link = forms.CharField(
        label=_("Link of the request"),
        help_text=_("It begins with openid4vp:// and stands behind the QR code."),
        max_length=MAX_LINK,
        widget=forms.Textarea,
    )


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """One licence that answers, and what of it would leave."""

    card: ShownCard
    lines: list[ClaimLine]


@dataclass(frozen=True, slots=True)
class ShownPart:
    field: str
    choices: list[ShownChoice]


@require_http_methods(["GET", "HEAD", "POST"])
@acting_required
def present(request: ActingRequest) -> HttpResponseBase:
    if request.method == "POST":
        return _answer(request)
    if "sent" in request.GET:
        return _sent(request)
    link = _link(request)
    if not link:
        return render(request, "credentials/present.html", {"form": LinkForm()})
    try:
        pending = read_presentation_request(
            person=request.person,
            company=request.acting.company,
            link_text=link,
            at=timezone.now(),
        )
    except LinkMalformed as error:
        form = LinkForm({"link": link})
        form.add_error("link", gettext(error.remedy))
        return render(request, "credentials/present.html", {"form": form}, status=400)
    return _decide(request, pending)


def _link(request: ActingRequest) -> str:
    """Take what was pasted, or what a verifier's page put into our own address."""
    if "request_uri" in request.GET:
        return f"{settings.BASE_URL}{request.path}?{request.META['QUERY_STRING']}"
    return request.GET.get("link", "").strip()


def _decide(request: ActingRequest, pending: PendingPresentation) -> HttpResponse:
    language = get_language() or "en"
    parts = [
        ShownPart(
            field=f"{CHOICE_PREFIX}{query_id}",
            choices=[
                _choice(pending.held[match.key], match, language)
                for match in pending.answers.matches[query_id]
            ],
        )
        for query_id in pending.answers.wanted
    ]
    context = {
        "verifier": (
            pending.e_service.name_in(language)
            if pending.e_service
            else pending.request.verifier.name
        ),
        "client_id": pending.request.client_id,
        "purpose": pending.request.purpose,
        "parts": parts,
        "lacking": [] if parts else _lacking_words(pending),
        "consent": pending.consent,
    }
    return render(request, "credentials/present_decide.html", context)


def _choice(held: Held, match: Match, language: str) -> ShownChoice:
    credential = held.credential
    card = Card(credential, find_standing(credential, at=timezone.now()))
    lines = claim_lines(
        credential.type.read_metadata(), held.opened.all_claims, match.shown, language
    )
    return ShownChoice(shown_card(card, language), lines)


def _lacking_words(pending: PendingPresentation) -> list[str]:
    found: dict[str, None] = {}
    for tried in pending.answers.lacking.values():
        for _key, lacking in tried:
            if lacking.lack not in {Lack.TYPE, Lack.FORMAT} or not found:
                found[_lack_words(lacking)] = None
    return list(found) or [gettext("The wallet holds no licence that is in force.")]


def _lack_words(lacking: Lacking) -> str:
    claim = " · ".join(str(step) for step in lacking.pointer if step is not None)
    return {
        Lack.FORMAT: gettext("They ask for another kind of document than the wallet holds."),
        Lack.TYPE: gettext("They ask for a type of licence that the wallet does not hold."),
        Lack.AUTHORITY: gettext("They ask for a licence of another authority."),
        Lack.HOLDER_KEY: gettext("A licence of that type can't be shown from here."),
        Lack.CLAIM: gettext("A licence of that type does not say: %(claim)s.")
        % {"claim": claim},
        Lack.VALUE: gettext("No licence says what they ask for in: %(claim)s.")
        % {"claim": claim},
    }[lacking.lack]


def _answer(request: ActingRequest) -> HttpResponse:
    consent = request.POST.get("consent", "")
    if request.POST.get("decision") != "agree":
        verifier = decline_presentation_request(
            person=request.person,
            company=request.acting.company,
            consent=consent,
            at=timezone.now(),
            language=get_language() or "en",
        )
        return render(request, "credentials/present_declined.html", {"verifier": verifier})
    choice = {
        name.removeprefix(CHOICE_PREFIX): str(value)
        for name, value in request.POST.items()
        if name.startswith(CHOICE_PREFIX)
    }
    sent = answer_presentation_request(
        person=request.person,
        company=request.acting.company,
        consent=consent,
        choice=choice,
        at=timezone.now(),
    )
    first = sent.presentations[0].id
    request.session[SESSION_KEY] = {"id": first, "return_uri": sent.return_uri}
    return HttpResponseRedirect(f"{reverse('present')}?{urlencode({'sent': first})}")


def _sent(request: ActingRequest) -> HttpResponse:
    """Say what left; a reload shows it again and sends nothing."""
    remembered = request.session.get(SESSION_KEY) or {}
    presentation = find_sent(
        presentation_id=request.GET["sent"],
        company=request.acting.company,
        person=request.person,
    )
    if presentation is None:
        return HttpResponseRedirect(reverse("wallet"))
    is_fresh = remembered.get("id") == presentation.id
    context = {
        "presentation": presentation,
        "return_uri": remembered.get("return_uri") if is_fresh else None,
    }
    return render(request, "credentials/present_sent.html", context)
