"""Give up an e-mail that no try could hand over, where caseworkers see it."""

from datetime import datetime
from uuid import UUID

from corpid.notices.models import NoticeMail
from corpid.notices.services.end_mail import end_mail


def abandon_mail(*, mail_id: UUID, error_code: str, at: datetime) -> None:
    mail = NoticeMail.objects.filter(pk=mail_id).first()
    if mail is not None:
        end_mail(mail=mail, state=NoticeMail.State.DEAD, at=at, because=error_code)
