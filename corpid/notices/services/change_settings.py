"""A person chooses what they are e-mailed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Invalid, gettext_noop
from corpid.notices.catalogue import CATALOGUE
from corpid.notices.models import NoticeSettings


class NoticeAlwaysOn(Invalid):
    code = "notice_always_on"
    title = gettext_noop("This kind of notice can't be switched off.")
    remedy = gettext_noop("Switch off those that are offered.")


@transaction.atomic
def change_settings(*, person_id: UUID, switched_off: Collection[str], at: datetime) -> None:
    """Raise NoticeAlwaysOn."""
    if any(key not in CATALOGUE or CATALOGUE[key].always_on for key in switched_off):
        raise NoticeAlwaysOn
    chosen = sorted(switched_off)
    NoticeSettings.objects.update_or_create(
        person_id=person_id, defaults={"switched_off": chosen, "changed_at": at}
    )
    record_event(
        kind="notices.settings_changed",
        at=at,
        actor=f"person:{person_id}",
        subject=f"person:{person_id}",
        facts={"switched_off": tuple(chosen)},
    )
