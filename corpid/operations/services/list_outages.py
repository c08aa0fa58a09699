"""What the public is told of functions that were, are or will be away."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from corpid.languages import in_each_language
from corpid.operations.models import FunctionOff, Outage, SwitchedFunction
from corpid.operations.outage_notices import OUTAGE_NOTICES, OutageNotice, words_of

KEPT = timedelta(days=366)  # a year of deadlines that may be asked about
SHORTEST = timedelta(minutes=5)  # of a switch that is on again: less harms no deadline


def list_outages(*, at: datetime) -> tuple[OutageNotice, ...]:
    """Give the latest beginning first, from this process's memory of the last seconds."""
    return OUTAGE_NOTICES.get("all", lambda: _read(at))


def _read(at: datetime) -> tuple[OutageNotice, ...]:
    told = (*_switches(at), *_announced(at))
    return tuple(sorted(told, key=lambda each: (each.starts_at, each.reference), reverse=True))


def _switches(at: datetime) -> list[OutageNotice]:
    lasted = Q(on_at=None) | Q(on_at__gt=at - KEPT, on_at__gte=F("off_at") + SHORTEST)
    return [
        OutageNotice(
            reference=off.reference,
            is_announced=False,
            functions=(SwitchedFunction(off.function),),
            client_id=off.client_id,
            starts_at=off.off_at,
            ends_at=off.on_at,
            told_at=off.off_at,
            texts=in_each_language(words_of(SwitchedFunction(off.function))),
        )
        for off in FunctionOff.objects.filter(lasted)
    ]


def _announced(at: datetime) -> list[OutageNotice]:
    recent = Outage.objects.standing().filter(Q(ends_at=None) | Q(ends_at__gt=at - KEPT))
    return [
        OutageNotice(
            reference=outage.reference,
            is_announced=True,
            functions=tuple(SwitchedFunction(each) for each in outage.functions),
            client_id="",
            starts_at=outage.starts_at,
            ends_at=outage.ends_at,
            told_at=outage.announced_at,
            texts={
                "en": outage.text_en,
                "zh-hant": outage.text_tc,
                "zh-hans": outage.text_sc,
            },
        )
        for outage in recent
    ]
