"""Notices are kept for a time that the settings name, their e-mails for a shorter one.

What still waits for its reader stays as long as it can be done.
"""

from datetime import datetime

from django.conf import settings

from corpid.notices.models import BouncingAddress, Notice, NoticeMail

_BATCH = 5000


def forget_notices(*, at: datetime) -> int:
    """Return how many went; some thousand at a time, so that nobody waits for a long deletion.

    An address that refused e-mail is forgotten with the e-mail that it refused: it is then
    tried once more, as it may have been mended without our hearing of it.
    """
    before = at - settings.NOTICE_MAILS_KEPT
    mails = NoticeMail.objects.filter(ended_at__lt=before).values_list("id", flat=True)
    bouncing = BouncingAddress.objects.filter(bounced_at__lt=before)
    notices = Notice.objects.over(before=at - settings.NOTICES_KEPT).values_list(
        "id", flat=True
    )
    gone = (
        NoticeMail.objects.filter(id__in=list(mails[:_BATCH])).delete(),
        bouncing.delete(),
        Notice.objects.filter(id__in=list(notices[:_BATCH])).delete(),
    )
    return sum(number for number, _ in gone)
