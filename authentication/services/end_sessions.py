"""End sessions: this one at sign-out, one that is not mine, or all others."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from authentication.models import Account, BrowserSession, Grant
from authentication.services.openid.end_grants import end_grants
from corpid.audit.services.record_event import record_event


@transaction.atomic
def end_sessions(
    *,
    account: Account,
    at: datetime,
    only: UUID | None = None,
    but: UUID | None = None,
    keep_grants: bool = False,
) -> int:
    """End the account's open sessions, `only` one or all `but` one; return how many ended.

    The next request of an ended session's cookie is signed out (web/session_limits.py), and
    what e-services were given from that browser ends with it; `keep_grants` where the person
    only signs in anew, because one e-service asked: the others' work goes on.
    """
    sessions = BrowserSession.objects.open().filter(account=account)
    if only is not None:
        sessions = sessions.filter(pk=only)
    if but is not None:
        sessions = sessions.exclude(pk=but)
    ended = list(sessions.select_for_update().values_list("pk", flat=True))
    sessions.filter(pk__in=ended).update(ended_at=at)
    for session_id in ended:
        record_event(
            kind="authentication.session_ended",
            at=at,
            actor=f"account:{account.id}",
            subject=f"session:{session_id}",
        )
    if not keep_grants:
        end_grants(
            grants=Grant.objects.filter(session__browser_session__in=ended),
            ending=Grant.Ending.SIGNED_OUT,
            at=at,
        )
    return len(ended)
