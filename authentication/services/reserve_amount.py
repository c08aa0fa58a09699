"""Hold an amount against every limit of the chain by which somebody acts.

1. The e-service's own reference is taken first: a twin in flight waits for it, and is then
   answered with the same reservation.
2. The authority of now, with room for the amount, as every check asks for it.
3. The rows of the chain's mandates are locked, always in the same order, so that whoever shares
   a limit comes one after the other; then all is asked once more, since whoever was waited for
   may have taken the room or ended a mandate. If another way is found by now, the rows are let
   go and that one is locked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from authentication.models import Amount, EService, LimitUse, Mandate
from authentication.powers import UnknownPower, power_named
from authentication.services.check_authority import OthersMustAgree, PowerUnknown
from authentication.services.check_power import Authority, check_power
from authentication.services.count_places import count_places
from authentication.services.find_concerned import Concerned, Named, find_concerned
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

    def find() -> Authority:
        return check_power(
            person=person, company=company, power=power, at=at, mandate=mandate, amount=amount
        )

    authority = find()  # 2
    while (found := _find_locked(authority, find)) != authority:  # 3
        authority = found
    joint = count_places(person=person, company=company, power=power, at=at)
    if joint is not None and not joint.is_complete:
        raise OthersMustAgree
    return authority


def _find_locked(authority: Authority, find: Callable[[], Authority]) -> Authority:
    """Lock its mandates and find anew; if that is another, nothing stays locked."""
    if not authority.mandates:
        return authority
    rows = Mandate.objects.select_for_update(no_key=True).filter(id__in=authority.mandates)
    with transaction.atomic():
        list(rows.order_by("id").values_list("id"))
        found = find()
        transaction.set_rollback(found != authority)
    return found
