"""What a person has chosen about notices, or what holds if they chose nothing."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from corpid.notices.catalogue import NoticeKind
from corpid.notices.check_phrases import drawn_phrase
from corpid.notices.models import NoticeSettings


@dataclass(frozen=True, slots=True)
class Choices:
    check_phrase: str
    has_chosen_phrase: bool
    drawn_phrase: str  # the one that holds if none is chosen
    switched_off: frozenset[str]

    def wants(self, kind: NoticeKind) -> bool:
        """Say yes to what can't be switched off, whatever was chosen before."""
        return kind.always_on or kind.key not in self.switched_off


def find_settings(*, person_id: UUID, language: str) -> Choices:
    """`language` is that of the person's letters."""
    chosen = NoticeSettings.objects.filter(person_id=person_id).first()
    phrase, drawn = chosen.check_phrase if chosen else "", _drawn(person_id, language)
    return Choices(
        check_phrase=phrase or drawn,
        has_chosen_phrase=bool(phrase),
        drawn_phrase=drawn,
        switched_off=frozenset(chosen.switched_off if chosen is not None else ()),
    )


def _drawn(person_id: UUID, language: str) -> str:
    return drawn_phrase(
        key=settings.IDENTIFIER_HMAC_KEY, person_id=person_id, language=language
    )
