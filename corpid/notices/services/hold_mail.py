"""Hold an e-mail back until its reader has a place for one again."""

from datetime import datetime

from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.notices.models import NoticeMail
from corpid.notices.services.ask_for_mail import SEND


def hold_mail(*, mail: NoticeMail, until: datetime, at: datetime) -> None:
    """Each has a job of its own: the first that runs takes the others along.

    One job for all of them would be lost with the notice that it was for.
    """
    held = NoticeMail.objects.filter(pk=mail.pk, state=NoticeMail.State.PENDING)
    if not held.update(held_at=at):
        return
    enqueue_job(
        kind=SEND,
        arguments={"mail": str(mail.pk)},
        at=at,
        company_id=mail.notice.company_id,
        unique_key=f"{mail.pk}:{until.isoformat()}",
        run_after=until,
    )
