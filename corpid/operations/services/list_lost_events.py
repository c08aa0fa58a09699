"""Tell what a restore has lost, from an export of the past that it abandoned.

1. The export continues our tree: its first place is the size that the restored log had.
2. Each event is hashed anew. Where a head outside has the size that is reached, the roots are
   compared: up to there nobody has left out, added or changed an event.
3. What our log does not hold was lost. What forbade or took away something is listed, and so is
   what lifted that again, and what used up a limit; everything else is counted by its kind.
"""

import base64
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from corpid.audit.canonical import event_hash
from corpid.audit.models import Event
from corpid.audit.services.record_event import record_event
from corpid.audit.stored_tree import stored_frontier
from corpid.errors import Conflict, Malformed, gettext_noop
from corpid.protocols.merkle import Frontier
from corpid.restores.models import Restoration

_AT_A_TIME = 500
_Placed = tuple[int | None, dict[str, Any]]


class NothingRestored(Conflict):
    code = "nothing_restored"
    title = gettext_noop("Nothing was restored here.")
    remedy = gettext_noop(
        "Run this where finish_restore was run, with the file from elsewhere."
    )


class ExportUnreadable(Malformed):
    code = "lost_events_unreadable"
    title = gettext_noop("This is no export of events.")
    remedy = gettext_noop("Make it with export_events, and give it whole.")


class ExportOfAnotherPast(Conflict):
    code = "lost_events_of_another_past"
    title = gettext_noop("These events are not those that left the house.")
    remedy = gettext_noop("Export those that follow the size that finish_restore has told.")


class Group(StrEnum):
    SWITCHES = "switches"
    SUSPENSIONS = "suspensions"
    RESTRICTIONS = "restrictions"
    REVOCATIONS = "revocations"
    REMOVALS = "removals"
    USES = "uses of limits"
    LIFTED = "lifted again"


# By the last word of a kind, so that a new kind of an app above needs no place here.
_GROUP_OF_WORD: Mapping[str, Group] = {
    **dict.fromkeys(("turned_off", "switched_off", "disabled"), Group.SWITCHES),
    **dict.fromkeys(("suspended", "frozen", "on_hold", "stopped"), Group.SUSPENSIONS),
    **dict.fromkeys(("restricted", "blocked", "locked"), Group.RESTRICTIONS),
    **dict.fromkeys(
        ("revoked", "withdrawn", "taken_back", "declined", "cancelled", "secret_rotated"),
        Group.REVOCATIONS,
    ),
    **dict.fromkeys(("deleted", "removed", "erased"), Group.REMOVALS),
    **dict.fromkeys(("reserved", "captured"), Group.USES),  # the limit has its room again
    **dict.fromkeys(
        ("turned_on", "switched_on", "enabled", "valid", "lifted", "lapsed", "resumed"),
        Group.LIFTED,
    ),
}
_GROUP_OF_KIND: Mapping[str, Group] = {
    "operations.rekeying.asked": Group.SUSPENSIONS,  # of all keys that it names
    "operations.rekeying.confirmed": Group.REVOCATIONS,
}


@dataclass(frozen=True, slots=True)
class LostEvent:
    """`is_proved`: a head outside covers it. `amount` is what was used, "20.00 HKD"."""

    recorded_at: str
    kind: str
    subject: str
    actor: str
    company_id: str | None
    group: Group
    amount: str = ""
    is_proved: bool = False


@dataclass(slots=True)
class Lost:
    """`known_outside`: the largest size of the abandoned log that a place outside holds."""

    log_size: int
    proved_to: int
    known_outside: int
    groups: dict[Group, list[LostEvent]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)

    @property
    def missing(self) -> int:
        """Say how many sealed events are known outside and stand in no place that is proved."""
        return max(0, self.known_outside - self.proved_to)


def list_lost_events(*, lines: Iterable[str], actor: str, at: datetime) -> Lost:
    """Read the export, a line each. Raises the three errors above."""
    restoration = Restoration.objects.exclude(event_id=None).order_by("-begun_at").first()
    if restoration is None or restoration.event_id is None:
        raise NothingRestored
    heads = _abandoned_heads(restoration.event_id)
    size = restoration.log_size
    lost = Lost(size, proved_to=size, known_outside=max(heads, default=size))
    found: list[tuple[int | None, LostEvent]] = []
    for part in _parts(_checked(lines, stored_frontier(size), heads, lost)):
        found += _lost_among(part, lost)
    for place, event in found:
        is_proved = place is not None and place < lost.proved_to
        lost.groups.setdefault(event.group, []).append(replace(event, is_proved=is_proved))
    _record(restoration, lost, actor=actor, at=at)
    return lost


def _abandoned_heads(event_id: UUID) -> dict[int, set[str]]:
    facts = Event.objects.get(id=event_id).facts
    heads: dict[int, set[str]] = {}
    for size, root in facts["abandoned"]:
        heads.setdefault(size, set()).add(root)
    return heads


def _checked(
    lines: Iterable[str], tree: Frontier, heads: Mapping[int, set[str]], lost: Lost
) -> Iterator[_Placed]:
    """Give each event with its place, and note in `lost` how far a head outside proves them.

    A lie is refused where the next head outside is reached, and what no head covers is told.
    """
    for number, line in enumerate(lines, 1):
        try:
            read = orjson.loads(line)
            place, event = read["index"], read["event"]
            leaf = _hash(event)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ExportUnreadable(f"line {number}") from error
        if place is not None:  # 1
            if place != tree.size:
                raise ExportOfAnotherPast(f"place {place} follows {tree.size}")
            tree.append(leaf)
            if tree.size in heads:  # 2
                if base64.b64encode(tree.root()).decode() not in heads[tree.size]:
                    raise ExportOfAnotherPast(f"another root at {tree.size}")
                lost.proved_to = tree.size
        yield place, event


def _hash(event: Mapping[str, Any]) -> bytes:
    return event_hash(
        event_id=UUID(event["id"]),
        recorded_at=datetime.fromisoformat(event["recorded_at"]),
        kind=event["kind"],
        actor=event["actor"],
        subject=event["subject"],
        company_id=UUID(event["company_id"]) if event["company_id"] else None,
        facts=event["facts"],
        commitments=event["commitments"],
    )


def _parts(events: Iterator[_Placed]) -> Iterator[list[_Placed]]:
    while part := list(islice(events, _AT_A_TIME)):
        yield part


def _lost_among(
    part: Sequence[_Placed], lost: Lost
) -> Iterator[tuple[int | None, LostEvent]]:  # 3
    kept = Event.objects.filter(id__in=[event["id"] for _, event in part])
    kept_ids = {str(event_id) for event_id in kept.values_list("id", flat=True)}
    for place, event in part:
        if event["id"] in kept_ids:
            continue
        kind = event["kind"]
        group = _GROUP_OF_KIND.get(kind) or _GROUP_OF_WORD.get(kind.rpartition(".")[2])
        if group is None:
            lost.others[kind] += 1
            continue
        yield (
            place,
            LostEvent(
                recorded_at=event["recorded_at"],
                kind=kind,
                subject=event["subject"],
                actor=event["actor"],
                company_id=event["company_id"],
                group=group,
                amount=_amount(event["facts"]) if group is Group.USES else "",
            ),
        )


def _amount(facts: Mapping[str, Any]) -> str:
    return f"{facts.get('value', '')} {facts.get('currency', '')}".strip()


@transaction.atomic
def _record(restoration: Restoration, lost: Lost, *, actor: str, at: datetime) -> None:
    record_event(
        kind="operations.lost_events.listed",
        at=at,
        actor=actor,
        subject=f"event:{restoration.event_id}",
        facts={
            "proved_to": lost.proved_to,
            "known_outside": lost.known_outside,
            "listed": {group.value: len(events) for group, events in lost.groups.items()},
            "counted": dict(lost.others),
        },
    )
