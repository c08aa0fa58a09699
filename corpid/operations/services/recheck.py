"""Look again at what was signed and issued: what is new at once, all of it day by day.

Two passes for each kind. One follows what is new, minutes after it was made. The other goes
round all there is, again and again, at most once a day: what is changed long afterwards, or
slipped past the first, is found by it. Where each is stands in a row, so that nothing is left
out when a process ends. A mismatch stays until a later look finds it gone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.operations.models import RecheckFinding, RecheckPass
from corpid.operations.rechecking import Mismatch, Recheck, Rechecked, registered_rechecks

logger = structlog.get_logger(__name__)
_AT_ONCE = 25
_LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Looked:
    looked_at: int
    open_mismatches: Sequence[RecheckFinding]


def recheck(*, budget: timedelta, now: Callable[[], datetime]) -> Looked:
    """Look for so long, at least once in each pass.

    The pass that waits longest is tried first, and the try is noted before it: one whose look
    fails (a token away) holds up no other. A subject that can't be looked at is a mismatch.
    """
    ends = now() + budget
    total = 0
    while True:
        looked_at = sum(_go_on(each, now) for each in _passes(now()))
        total += looked_at
        if not looked_at or now() >= ends:
            mismatches = RecheckFinding.objects.filter(ended_at=None)
            return Looked(total, list(mismatches.order_by("found_at", "id")))


def _passes(at: datetime) -> list[RecheckPass]:
    for name in registered_rechecks():
        for kind in RecheckPass.Kind:
            RecheckPass.objects.get_or_create(
                what=name,
                kind=kind,
                defaults={"began_at": at, "asked_at": at, "moved_at": at},
            )
    return list(RecheckPass.objects.order_by("asked_at", "what", "kind"))


def _go_on(found: RecheckPass, now: Callable[[], datetime]) -> int:
    look = registered_rechecks().get(found.what)
    if look is None or found.rests(at=now()):
        return 0
    RecheckPass.objects.filter(pk=found.pk).update(asked_at=now())
    with transaction.atomic():
        row = (
            RecheckPass.objects.select_for_update(skip_locked=True).filter(pk=found.pk).first()
        )
        return _move(row, look, now()) if row is not None else 0


def _move(row: RecheckPass, look: Recheck, at: datetime) -> int:
    if row.ended_at is not None:
        row.after, row.began_at, row.ended_at = "", at, None
    found = look(after=row.after, at_most=_AT_ONCE, at=at)
    _record(row.what, found, at)
    count = len(found.subjects)
    row.after = found.last or row.after
    row.checked += count
    row.moved_at = at
    if row.kind == RecheckPass.Kind.ROUND and count == 0:
        row.ended_at = at
    row.save()
    return count


def _record(what: str, found: Rechecked, at: datetime) -> None:
    """Keep new mismatches, and end those of the same things that are no more."""
    present = {(each.subject, each.code): each for each in found.mismatches}
    open_ones = RecheckFinding.objects.filter(
        what=what, subject__in=found.subjects, ended_at=None
    )
    for kept in open_ones:
        if present.pop((kept.subject, kept.code), None) is None:
            kept.ended_at = at
        kept.seen_at = at
        kept.save(update_fields=["ended_at", "seen_at"])
    for each in present.values():
        _tell(what, each, at)


def _tell(what: str, mismatch: Mismatch, at: datetime) -> None:
    """Write it where people look: the reading room, the log, the audit log, /readyz."""
    RecheckFinding.objects.create(
        what=what,
        subject=mismatch.subject,
        code=mismatch.code,
        detail=mismatch.detail[:_LONGEST_DETAIL],
        found_at=at,
        seen_at=at,
    )
    record_event(
        kind="operations.recheck.mismatch",
        at=at,
        actor="system",
        subject=mismatch.subject,
        facts={"what": what, "code": mismatch.code},
    )
    logger.error(
        "recheck found a mismatch", what=what, subject=mismatch.subject, code=mismatch.code
    )
