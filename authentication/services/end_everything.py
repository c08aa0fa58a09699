"""End every session and every grant, whoever's they are: everybody signs in anew."""

from datetime import datetime

from django.db import transaction

from authentication.models import BrowserSession, Grant
from authentication.services.end_sessions import end_sessions
from authentication.services.openid.end_grants import end_grants


@transaction.atomic
def end_everything(*, at: datetime) -> int:
    """Return how many sessions ended; grants whose browser had gone end too."""
    sessions = BrowserSession.objects.open().select_related("account")
    ended = sum(
        end_sessions(account=session.account, at=at, only=session.pk)
        for session in sessions.order_by("pk")
    )
    end_grants(grants=Grant.objects.live(), ending=Grant.Ending.REVOKED, at=at)
    return ended
