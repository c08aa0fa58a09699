"""The e-service has acted: what it reserved is used up, or a part of it."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from authentication.models import EService, LimitUse, Mandate
from authentication.services.find_reservation import find_reservation
from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, Invalid, gettext_noop


class ReservationEnded(Conflict):
    code = "reservation_ended"
    title = gettext_noop("Nothing is reserved here any more.")
    remedy = gettext_noop("It was captured, released or its time has passed: reserve anew.")


class MoreThanReserved(Invalid):
    code = "more_than_reserved"
    title = gettext_noop("This is more than was reserved.")
    remedy = gettext_noop("Capture at most the reserved amount, and reserve the rest anew.")


@transaction.atomic
def capture_amount(
    *, e_service: EService, reference: str, at: datetime, value: Decimal | None = None
) -> LimitUse:
    """Capture all, or `value`: the rest is free again. The same again changes nothing.

    Authority is not asked again: the act has happened, and must be counted. But whoever
    reserved against the same mandates after the end has counted this as gone, though our clock
    was read before it: under the lock that reserve_amount takes, one of the two comes first.
    Raises ReservationNotFound, ReservationEnded, MoreThanReserved.
    """
    use = find_reservation(e_service=e_service, reference=reference)
    captured = use.value if value is None else value
    if captured > use.value:
        raise MoreThanReserved
    mandates = use.mandates.through.objects.filter(limituse=use).values("mandate_id")
    rows = Mandate.objects.select_for_update(no_key=True).filter(id__in=mandates)
    list(rows.order_by("id").values_list("id"))
    counted_as_gone = LimitUse.objects.filter(
        mandates__in=mandates, reserved_at__gte=use.expires_at
    )
    held = LimitUse.objects.filter(id=use.id, state=LimitUse.State.RESERVED, expires_at__gt=at)
    changed = not counted_as_gone.exists() and held.update(
        state=LimitUse.State.CAPTURED, captured_value=captured, ended_at=at
    )
    use.refresh_from_db(fields=["state", "captured_value", "ended_at"])
    if not changed:
        if use.captured_value == captured:
            return use
        raise ReservationEnded
    record_event(
        kind="authentication.limit.captured",
        at=at,
        actor=f"e-service:{e_service.client_id}",
        subject=f"reservation:{use.reference}",
        company_id=use.company_id,
        facts={"value": str(captured), "currency": use.currency},
    )
    return use
