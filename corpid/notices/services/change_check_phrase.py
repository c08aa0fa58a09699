"""A person chooses the phrase by which they know that an e-mail is ours."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.notices.models import NoticeSettings
from corpid.notices.services.fit_check_phrase import fit_check_phrase
from corpid.notices.services.notify_person import notify_person

PHRASE_CHANGED = "security.check_phrase_changed"


@transaction.atomic
def change_check_phrase(*, person_id: UUID, check_phrase: str, at: datetime) -> None:
    """Take an empty one as the wish for the one that we drew.

    The door has had both factors proven: whoever sets the phrase can pass for us.
    It is told by an e-mail that still shows the phrase before: with the new one, an intruder's,
    it would not be believed. Raises CheckPhraseUnfit.
    """
    phrase = fit_check_phrase(check_phrase=check_phrase)
    NoticeSettings.objects.get_or_create(person_id=person_id, defaults={"changed_at": at})
    chosen = NoticeSettings.objects.select_for_update().get(person_id=person_id)
    if chosen.check_phrase == phrase:
        return
    before, chosen.check_phrase = chosen.check_phrase, phrase
    chosen.changed_at = at
    chosen.save()
    record_event(
        kind="notices.check_phrase_changed",
        at=at,
        actor=f"person:{person_id}",
        subject=f"person:{person_id}",
    )
    notify_person(
        kind=PHRASE_CHANGED,
        person_id=person_id,
        at=at,
        subject=f"check-phrase:{at.isoformat()}",
        path="/account/notices",
        facts={"before": before},
    )
