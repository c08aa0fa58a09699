"""A second person lets the replacement of suspended keys begin."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from corpid.jobs.models import Job
from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.operations.models import Rekeying
from corpid.operations.services.require_two import require_two

KIND = "operations.rekey"
RIGHT = "operations.change_rekeying"


class RekeyingNotOpen(Conflict):
    code = "rekeying_not_open"
    title = gettext_noop("This re-keying does not wait for a confirmation.")
    remedy = gettext_noop("See its state; what has lapsed is asked for anew.")


@transaction.atomic
def confirm_rekeying(*, rekeying: Rekeying, actor: str, at: datetime) -> Job:
    """Return the job that replaces the keys.

    Raises SecondPersonNeeded, RekeyingNotOpen and RightEnded. What nobody with the right asks
    for any longer lapses, and is asked for anew.
    """
    rekeying = Rekeying.objects.select_for_update().get(id=rekeying.id)
    if rekeying.state != Rekeying.State.ASKED:
        raise RekeyingNotOpen(rekeying.state)
    require_two(asked_by=rekeying.asked_by, actor=actor, permission=RIGHT)
    rekeying.state = Rekeying.State.RUNNING
    rekeying.confirmed_by, rekeying.confirmed_at = actor, at
    rekeying.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    record_event(
        kind="operations.rekeying.confirmed", at=at, actor=actor, subject=rekeying.subject
    )
    return enqueue_job(
        kind=KIND, arguments={"rekeying": str(rekeying.id)}, at=at, unique_key=str(rekeying.id)
    )
