"""What a company's own page shows: the register's facts, what is stopped, who signs."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from authentication.models import (
    BusinessRegistration,
    Company,
    Person,
    Premises,
    Restriction,
)
from authentication.powers import VIEW_COMPANY
from authentication.services.check_power import check_power
from authentication.services.describe_rule import describe_rule
from authentication.services.find_signing_rule import find_signing_rule

_MAIN = "000"


@dataclass(frozen=True, slots=True)
class CompanyShown:
    """`rule` is in words, in the language of now."""

    registration: BusinessRegistration | None
    registration_ended: bool
    restrictions: tuple[Restriction, ...]
    rule: str
    premises: tuple[Premises, ...]


def show_company(*, person: Person, company: Company, at: datetime) -> CompanyShown:
    """Raise what check_power raises. A restriction that must not be told is not there."""
    check_power(person=person, company=company, power=VIEW_COMPANY, at=at)
    registration = company.registrations.filter(branch=_MAIN).order_by("-valid_until").first()
    restrictions = Restriction.objects.in_force(at=at).filter(
        subject_kind__in=[Restriction.SubjectKind.COMPANY, Restriction.SubjectKind.AGENT],
        subject_id=company.id,
        may_be_told=True,
    )
    policy = find_signing_rule(company=company, at=at)
    premises = company.premises.filter(closed_on=None).order_by("name", "address_en")
    return CompanyShown(
        registration=registration,
        registration_ended=registration is not None
        and not registration.is_in_force(on=timezone.localdate(at)),
        restrictions=tuple(restrictions),
        rule=describe_rule(policy=policy, company=company, at=at),
        premises=tuple(premises),
    )
