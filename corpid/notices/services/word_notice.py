"""Put a notice into the reader's words."""

from dataclasses import dataclass

from django.utils.translation import get_language, gettext

from corpid.notices.models import Notice
from corpid.notices.services.notify_person import Fact


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    text: str


def word_notice(*, notice: Notice) -> Words:
    """Give title and text in the active language."""
    language = get_language() or "en"
    facts = {name: _in_language(fact, language) for name, fact in notice.facts.items()}
    entry = notice.entry
    return Words(gettext(entry.title).format(**facts), gettext(entry.text).format(**facts))


def _in_language(fact: Fact, language: str) -> str:
    if isinstance(fact, str):
        return fact
    return fact.get(language) or fact.get("en") or next(iter(fact.values()), "")
