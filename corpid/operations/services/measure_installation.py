"""Measure what rows and parts tell of the whole installation, whichever process asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

from corpid.audit.services.measure_log import LogFigures, measure_log
from corpid.jobs.services.measure_jobs import QueueFigures, measure_jobs
from corpid.keys.models import SigningKey
from corpid.keys.services.count_scope_keys import Wrapped, count_scope_keys
from corpid.meters.expiring import measure_overdue
from corpid.operations.models import RecheckFinding, RecheckPass
from corpid.operations.rechecking import registered_rechecks
from corpid.operations.services.check_readiness import check_readiness


@dataclass(frozen=True, slots=True)
class KeyFigures:
    purpose: str
    state: str
    count: int
    oldest: timedelta  # since it began to sign; one that has not: since it was made


@dataclass(frozen=True, slots=True)
class RecheckFigures:
    """Of one kind of things. `held_up`: since when its slowest pass is tried in vain."""

    mismatches: int
    held_up: timedelta
    round: timedelta  # since the round that is under way began; zero while it rests


@dataclass(frozen=True, slots=True)
class StoredFigures:
    queues: Mapping[str, QueueFigures]
    log: LogFigures
    scope_keys: Wrapped
    signing_keys: tuple[KeyFigures, ...]
    overdue: Mapping[str, timedelta]
    rechecks: Mapping[str, RecheckFigures]


@dataclass(frozen=True, slots=True)
class Installation:
    """`stored` is None while the database is away."""

    parts: Mapping[str, bool]
    stored: StoredFigures | None


def measure_installation(*, at: datetime) -> Installation:
    readiness = check_readiness(at=at)
    parts = {name: not fault for name, fault in readiness.faults.items()}
    return Installation(parts=parts, stored=_stored(at) if parts["database"] else None)


def _stored(at: datetime) -> StoredFigures:
    return StoredFigures(
        queues=measure_jobs(at=at).queues,
        log=measure_log(at=at),
        scope_keys=count_scope_keys(),
        signing_keys=_signing_keys(at),
        overdue=measure_overdue(at),
        rechecks=_rechecks(at),
    )


def _rechecks(at: datetime) -> Mapping[str, RecheckFigures]:
    """Tell of each kind that is looked at, and of what an earlier release has left."""
    found = RecheckFinding.objects.filter(ended_at=None).values_list("what")
    counts = dict(found.annotate(count=Count("id")))
    passes = list(RecheckPass.objects.all())
    nothing = timedelta(0)
    return {
        what: RecheckFigures(
            mismatches=counts.get(what, 0),
            held_up=max(
                (
                    at - each.moved_at
                    for each in passes
                    if each.what == what and each.is_held_up
                ),
                default=nothing,
            ),
            round=max(
                (
                    at - each.began_at
                    for each in passes
                    if each.what == what and each.goes_round
                ),
                default=nothing,
            ),
        )
        for what in sorted({*registered_rechecks(), *counts})
    }


def _signing_keys(at: datetime) -> tuple[KeyFigures, ...]:
    counted = (
        SigningKey.objects.exclude(state=SigningKey.State.RETIRED)
        .values("purpose", "state")
        .annotate(count=Count("id"), made=Min("created_at"), begun=Min("activated_at"))
        .order_by("purpose", "state")
    )
    return tuple(
        KeyFigures(
            row["purpose"], row["state"], row["count"], at - (row["begun"] or row["made"])
        )
        for row in counted
    )
