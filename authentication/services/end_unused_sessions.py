"""End the sessions whose hour or day is over, also where their browser never comes back.

A cookie dies by itself after its hour, and nobody asks for its row again.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from authentication.models import BrowserSession
from authentication.services.end_sessions import end_sessions

UNUSED_FOR = timedelta(hours=1)
IN_ANY_CASE = timedelta(hours=24)
_AT_ONCE = 500


@transaction.atomic
def end_unused_sessions(*, at: datetime) -> int:
    """End at most 500 sessions; return how many. The next run ends the next ones."""
    over = Q(seen_at__lte=at - UNUSED_FOR) | Q(started_at__lte=at - IN_ANY_CASE)
    sessions = BrowserSession.objects.open().filter(over).select_related("account")
    return sum(
        end_sessions(account=session.account, at=at, only=session.pk)
        for session in sessions.order_by("seen_at")[:_AT_ONCE]
    )
