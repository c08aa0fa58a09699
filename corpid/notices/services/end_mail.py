"""Remember what became of an e-mail."""

from datetime import datetime

from corpid.notices.models import NoticeMail


def end_mail(
    *,
    mail: NoticeMail,
    state: NoticeMail.State,
    at: datetime,
    address: str = "",
    because: str = "",
    answer: str = "",
) -> None:
    """Do nothing to one that has ended already."""
    NoticeMail.objects.filter(pk=mail.pk, state=NoticeMail.State.PENDING).update(
        state=state, ended_at=at, address=address, because=because, answer=answer
    )
