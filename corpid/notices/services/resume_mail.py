"""A caseworker starts the job of an abandoned e-mail again."""

from uuid import UUID

from corpid.notices.models import NoticeMail


def resume_mail(*, mail_id: UUID) -> bool:
    """Return False if it has not been given up."""
    dead = NoticeMail.objects.filter(pk=mail_id, state=NoticeMail.State.DEAD)
    return bool(dead.update(state=NoticeMail.State.PENDING, ended_at=None, because=""))
