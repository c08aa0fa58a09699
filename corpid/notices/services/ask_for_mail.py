"""Ask for a notice to go out by e-mail too, in the transaction that raises it."""

from datetime import datetime

from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.notices.models import Notice, NoticeMail

SEND = "notices.send_mail"


def ask_for_mail(*, notice: Notice, at: datetime) -> None:
    """Leave whether and where it goes to the worker: it may have changed by then."""
    mail = NoticeMail.objects.create(notice=notice, person_id=notice.person_id, asked_at=at)
    enqueue_job(
        kind=SEND,
        arguments={"mail": str(mail.id)},
        at=at,
        company_id=notice.company_id,
        unique_key=str(mail.id),
    )
