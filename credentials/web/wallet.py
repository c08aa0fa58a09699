"""The company's licences: all cards by premises, and one card with its log."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from authentication.web.doors import ActingRequest, acting_required
from credentials.models import AccessLog, Presentation
from credentials.services.find_card import OpenCard, find_card
from credentials.services.find_wallet import Card, find_wallet
from credentials.web.claim_lines import ClaimLine, claim_lines
from credentials.web.standing_words import StandingWords, standing_words


@dataclass(frozen=True, slots=True)
class ShownCard:
    id: str
    name: str
    issuer: str
    premises: str
    words: StandingWords
    valid_from: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """The cards of one place of business; without a name those of the company as a whole."""

    name: str
    cards: list[ShownCard]


@dataclass(frozen=True, slots=True)
class ShownPresentation:
    verifier: str
    person: str
    purpose: str
    claims: list[str]
    at: datetime
    outcome: str


@require_safe
@acting_required
def wallet(request: ActingRequest) -> HttpResponse:
    language = get_language() or "en"
    cards = find_wallet(
        person=request.person, company=request.acting.company, at=timezone.now()
    )
    shown = [shown_card(card, language) for card in cards]
    by_premises = [
        Place(name, list(group))
        for name, group in groupby(shown, key=lambda card: card.premises)
    ]
    return render(request, "credentials/wallet.html", {"by_premises": by_premises})


@require_safe
@acting_required
def card(request: ActingRequest, credential_id: str) -> HttpResponse:
    language = get_language() or "en"
    opened = find_card(
        person=request.person,
        company=request.acting.company,
        credential_id=credential_id,
        at=timezone.now(),
    )
    context = {
        "card": shown_card(opened.card, language),
        "lines": _all_lines(opened, language),
        "log": [_logged(entry, language) for entry in opened.log],
        "presentations": [
            _presentation(opened, found, language) for found in opened.presentations
        ],
        "status_uri": opened.status_uri,
    }
    return render(request, "credentials/card.html", context)


def shown_card(card: Card, language: str) -> ShownCard:
    credential = card.credential
    return ShownCard(
        id=credential.id,
        name=credential.type.name_in(language),
        issuer=credential.issuer.name_in(language),
        premises=str(credential.premises) if credential.premises else "",
        words=standing_words(card.standing),
        valid_from=credential.valid_from,
        expires_at=credential.expires_at,
    )


def _all_lines(opened: OpenCard, language: str) -> list[ClaimLine]:
    metadata = opened.card.credential.type.read_metadata()
    paths = [(name,) for name in opened.claims]
    return claim_lines(metadata, opened.claims, paths, language)


def _logged(entry: AccessLog, language: str) -> dict[str, object]:
    issuer = entry.credential.issuer.name_in(language)
    who = entry.verifier if entry.kind == AccessLog.Kind.PRESENTED else issuer
    return {
        "what": AccessLog.Kind(entry.kind).label,
        "who": who,
        "detail": entry.detail,
        "at": entry.at,
    }


def _presentation(opened: OpenCard, found: Presentation, language: str) -> ShownPresentation:
    metadata = opened.card.credential.type.read_metadata()
    named = [tuple(path) for path in found.disclosed]
    labels = [line.label for line in claim_lines(metadata, opened.claims, named, language)]
    return ShownPresentation(
        verifier=found.verifier_name,
        person=found.person.name_in(language),
        purpose=found.purpose,
        claims=list(dict.fromkeys(labels)) or [gettext("nothing that can be hidden")],
        at=found.presented_at,
        outcome=str(Presentation.Outcome(found.outcome).label),
    )
