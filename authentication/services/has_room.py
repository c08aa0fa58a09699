"""Whether an amount still fits under every limit of a chain of mandates."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from authentication.models import Amount, LimitUse, MandateLimit


def has_room(*, mandates: Collection[UUID], amount: Amount, at: datetime) -> bool:
    """Count what every e-service reserved and captured, by whichever link it was used.

    A mandate with limits, but none in this currency, has no room; one without any has all.
    For a yes that lasts, hold the mandates' rows (services/reserve_amount.py).
    """
    limits = list(MandateLimit.objects.filter(mandate__in=mandates))
    fitting = [limit for limit in limits if limit.currency == amount.currency]
    if {limit.mandate_id for limit in fitting} != {limit.mandate_id for limit in limits}:
        return False
    return all(_fits(limit, amount, at) for limit in fitting)


def _fits(limit: MandateLimit, amount: Amount, at: datetime) -> bool:
    if limit.each is not None and amount.value > limit.each:
        return False
    uses = LimitUse.objects.counting(at=at).filter(
        mandates=limit.mandate_id, currency=limit.currency
    )
    if (since := limit.counts_from(at=at)) is not None:
        uses = uses.filter(reserved_at__gte=since)
    if limit.count is not None and uses.count() >= limit.count:
        return False
    return limit.total is None or uses.value() + amount.value <= limit.total
