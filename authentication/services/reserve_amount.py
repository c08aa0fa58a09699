"""Hold an amount against every limit of the chain by which somebody acts.

1. The e-service's own reference is taken first: a twin in flight waits for it, and is then
   answered with the same reservation.
2. The authority of now, with room for the amount, as every check asks for it.
3. The rows of the chain's mandates are locked, always in the same order, so that whoever shares
   a limit comes one after the other; then the room is measured once more. If others were
   quicker, the rows are let go and the search begins anew: another way may have room.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from authentication.models import Amount, EService, LimitUse, Mandate
from authentication.powers import UnknownPower, power_named
from authentication.services.check_authority import OthersMustAgree, PowerUnknown
from authentication.services.check_power import Authority, check_power
from authentication.services.count_places import count_places
from authentication.services.expire_reservations import expire_reservations
from authentication.services.find_concerned import Concerned, Named, find_concerned
from authentication.services.has_room import has_room
from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop


class ReferenceReused(Conflict):
    code = "reference_reused"
    title = gettext_noop("You have reserved something else under this reference.")
    remedy = gettext_noop("Use a new reference for a new act.")


@dataclass(frozen=True, slots=True)
class Reserved:
    """`is_new` is False of what was reserved before under the same reference."""

    use: LimitUse
    is_new: bool


@transaction.atomic
def reserve_amount(
    *,
    e_service: EService,
    named: Named,
    power: str,
    amount: Amount,
    reference: str,
    lasts: timedelta,
    at: datetime,
    mandate: str | None = None,
) -> Reserved:
    """Reserve, or find what was reserved under this `reference` before.

    Raises ReferenceReused, PowerUnknown, OthersMustAgree, and what find_concerned and
    check_power raise.
    """
    concerned = find_concerned(e_service=e_service, named=named)
    use = LimitUse(
        e_service=e_service,
        e_service_reference=reference,
        person=concerned.person,
        company=concerned.company,
        power=power,
        value=amount.value,
        currency=amount.currency,
        reserved_at=at,
        expires_at=at + lasts,
    )
    LimitUse.objects.bulk_create([use], ignore_conflicts=True)  # 1
    if not LimitUse.objects.filter(id=use.id).exists():
        return Reserved(_found_before(use), is_new=False)
    authority = _find_room(concerned, power, amount, at, mandate)
    use.mandates.set(Mandate.objects.filter(id__in=authority.mandates))
    record_event(
        kind="authentication.limit.reserved",
        at=at,
        actor=f"e-service:{e_service.client_id}",
        subject=f"reservation:{use.reference}",
        company_id=concerned.company.id,
        facts={
            "person": str(concerned.person.id),
            "power": power,
            "value": str(amount.value),
            "currency": amount.currency,
            "mandates": [link.mandate for link in authority.chain if link.mandate],
        },
    )
    return Reserved(use, is_new=True)


def _found_before(wished: LimitUse) -> LimitUse:
    """Raise ReferenceReused if it is of another amount, power, person or company."""
    use: LimitUse = LimitUse.objects.select_related("company").get(
        e_service=wished.e_service, e_service_reference=wished.e_service_reference
    )
    asked = ("person_id", "company_id", "power", "value", "currency")
    if any(getattr(use, name) != getattr(wished, name) for name in asked):
        raise ReferenceReused
    return use


def _find_room(
    concerned: Concerned, power: str, amount: Amount, at: datetime, mandate: str | None
) -> Authority:
    person, company = concerned.person, concerned.company
    try:
        power_named(power)
    except UnknownPower as error:
        raise PowerUnknown from error
    while True:
        authority = check_power(  # 2
            person=person, company=company, power=power, at=at, mandate=mandate, amount=amount
        )
        if _hold_room(authority, amount, at):  # 3
            break
    joint = count_places(person=person, company=company, power=power, at=at)
    if joint is not None and not joint.is_complete:
        raise OthersMustAgree
    return authority


def _hold_room(authority: Authority, amount: Amount, at: datetime) -> bool:
    """Lock the limits and say whether the amount fits; if not, nothing stays locked."""
    rows = Mandate.objects.select_for_update(no_key=True).filter(id__in=authority.mandates)
    with transaction.atomic():
        list(rows.order_by("id").values_list("id"))
        expire_reservations(at=at, mandates=authority.mandates)
        fits = has_room(mandates=authority.mandates, amount=amount, at=at)
        transaction.set_rollback(not fits)
    return fits
