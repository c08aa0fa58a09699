"""A person chooses what they are e-mailed, and the phrase by which they know that it is us."""

import unicodedata
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Invalid, gettext_noop
from corpid.notices.catalogue import CATALOGUE
from corpid.notices.models import NoticeSettings
from corpid.notices.services.notify_person import notify_person

SHORTEST_PHRASE, LONGEST_PHRASE = 4, 40
PHRASE_CHANGED = "security.check_phrase_changed"


class CheckPhraseUnfit(Invalid):
    code = "check_phrase_unfit"
    title = gettext_noop("A check phrase has 4 to 40 letters, digits, spaces or marks.")
    remedy = gettext_noop("Take a few words that you will know again, and no address.")


class NoticeAlwaysOn(Invalid):
    code = "notice_always_on"
    title = gettext_noop("This kind of notice can't be switched off.")
    remedy = gettext_noop("Switch off those that are offered.")


@transaction.atomic
def change_settings(
    *, person_id: UUID, check_phrase: str, switched_off: Collection[str], at: datetime
) -> None:
    """Take an empty phrase as the wish for the one that we drew.

    A new phrase is told by an e-mail that shows it. Raises CheckPhraseUnfit, NoticeAlwaysOn.
    """
    if any(key not in CATALOGUE or CATALOGUE[key].always_on for key in switched_off):
        raise NoticeAlwaysOn
    phrase = " ".join(unicodedata.normalize("NFC", check_phrase).split())
    if phrase and not _is_fit(phrase):
        raise CheckPhraseUnfit
    NoticeSettings.objects.get_or_create(person_id=person_id, defaults={"changed_at": at})
    chosen = NoticeSettings.objects.select_for_update().get(person_id=person_id)
    is_new_phrase = chosen.check_phrase != phrase
    chosen.check_phrase = phrase
    chosen.switched_off = sorted(switched_off)
    chosen.changed_at = at
    chosen.save()
    record_event(
        kind="notices.settings_changed",
        at=at,
        actor=f"person:{person_id}",
        subject=f"person:{person_id}",
        facts={"switched_off": tuple(chosen.switched_off), "new_phrase": is_new_phrase},
    )
    if is_new_phrase:
        notify_person(
            kind=PHRASE_CHANGED,
            person_id=person_id,
            at=at,
            subject=f"check-phrase:{at.isoformat()}",
            path="/account/notices",
            facts={},
        )


def _is_fit(phrase: str) -> bool:
    """Refuse what mail programs would make a link of, and what is not seen as it is written."""
    shown = all(unicodedata.category(letter)[0] in "LMNPSZ" for letter in phrase)
    is_link = "://" in phrase or "@" in phrase or "www." in phrase.lower()
    return shown and not is_link and SHORTEST_PHRASE <= len(phrase) <= LONGEST_PHRASE
