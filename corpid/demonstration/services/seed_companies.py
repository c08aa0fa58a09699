"""Write companies with their names, officers, registrations, premises, members and mandates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from authentication.models import (
    BusinessRegistration,
    Company,
    CompanyName,
    Mandate,
    MandateUser,
    Member,
    MemberRole,
    Officer,
    Power,
    Premises,
    Role,
    SigningRule,
    Succession,
)
from corpid.business_identifier import parse_business_identifier
from corpid.demonstration.invention.facts import (
    InventedCompany,
    InventedMandate,
    InventedWorld,
)

_SOURCE = "register"
_MANDATES_RUN = timedelta(days=3 * 365)


def seed_companies(world: InventedWorld, *, persons: Mapping[str, UUID], at: datetime) -> None:
    known = set(Company.objects.values_list("ubi", flat=True))
    missing = [company for company in world.companies if company.ubi not in known]
    if not missing:
        return
    Company.objects.bulk_create([_company(company, at) for company in missing])
    writing = _Writing(
        companies=dict(Company.objects.values_list("ubi", "id")), persons=persons, at=at
    )
    _write_names(missing, writing)
    Officer.objects.bulk_create(writing.officers(missing))
    BusinessRegistration.objects.bulk_create(writing.registrations(missing))
    Premises.objects.bulk_create(writing.premises(missing))
    SigningRule.objects.bulk_create(writing.signing_rules(missing))
    Succession.objects.bulk_create(writing.successions(missing))
    _write_members(missing, writing)
    _write_mandates(world.mandates, {company.ubi for company in missing}, writing)


@dataclass(frozen=True, slots=True)
class _Writing:
    """The rows of invented companies, whose ids are known by now."""

    companies: Mapping[str, UUID]
    persons: Mapping[str, UUID]
    at: datetime

    def officers(self, invented: list[InventedCompany]) -> Iterator[Officer]:
        for company in invented:
            for officer in company.officers:
                yield Officer(
                    company_id=self.companies[company.ubi],
                    person_id=self.persons[officer.hkid] if officer.hkid else None,
                    firm_id=self.companies[officer.ubi] if officer.ubi else None,
                    capacity=officer.capacity,
                    appointed_on=officer.appointed_on,
                    ceased_on=officer.ceased_on,
                    source=_SOURCE,
                    told=Officer.Told.REMOVED if officer.ceased_on else Officer.Told.NAMED,
                )

    def registrations(self, invented: list[InventedCompany]) -> Iterator[BusinessRegistration]:
        for company in invented:
            if company.registration is not None:
                yield BusinessRegistration(
                    company_id=self.companies[company.ubi],
                    certificate_number=company.registration.certificate_number,
                    valid_from=company.registration.valid_from,
                    valid_until=company.registration.valid_until,
                    source=_SOURCE,
                    warned_days=0,  # an inbox begins empty
                )

    def premises(self, invented: list[InventedCompany]) -> Iterator[Premises]:
        for company in invented:
            for premises in company.premises:
                yield Premises(
                    company_id=self.companies[company.ubi],
                    name=premises.name,
                    address_en=premises.address.en,
                    address_tc=premises.address.tc,
                )

    def signing_rules(self, invented: list[InventedCompany]) -> Iterator[SigningRule]:
        for company in invented:
            if company.signing_rule is not None:
                yield SigningRule(
                    company_id=self.companies[company.ubi],
                    rule=company.signing_rule,
                    status=SigningRule.Status.AGREED,
                    in_force_from=_morning_of(company.formed_on),
                )

    def successions(self, invented: list[InventedCompany]) -> Iterator[Succession]:
        for company in invented:
            if company.successor_ubi:
                yield Succession(
                    predecessor_id=self.companies[company.ubi],
                    successor_id=self.companies[company.successor_ubi],
                    kind=Succession.Kind.AMALGAMATION,
                    effective_on=timezone.localdate(self.at) - timedelta(days=120),
                    told_at=self.at,
                )


def _company(company: InventedCompany, at: datetime) -> Company:
    return Company(
        ubi=company.ubi,
        ubi_kind=parse_business_identifier(company.ubi).kind,
        cr_number=company.cr_number,
        kind=company.kind,
        status=company.status,
        enrolled_at=at if company.is_enrolled else None,
    )


def _write_names(invented: list[InventedCompany], writing: _Writing) -> None:
    names = [name for company in invented for name in _names(company, writing)]
    CompanyName.objects.bulk_create(names)
    present = {name.company_id: name for name in names if name.valid_until is None}
    companies = list(Company.objects.filter(current_name=None, id__in=present))
    for company in companies:
        company.current_name = present[company.id]
    Company.objects.bulk_update(companies, ["current_name"])


def _names(company: InventedCompany, writing: _Writing) -> Iterator[CompanyName]:
    company_id = writing.companies[company.ubi]
    if company.former_name is not None:
        yield CompanyName(
            company_id=company_id,
            **company.former_name._asdict(),
            valid_from=company.formed_on,
            valid_until=company.renamed_on,
            source=_SOURCE,
        )
    yield CompanyName(
        company_id=company_id,
        **company.name._asdict(),
        valid_from=company.renamed_on or company.formed_on,
        source=_SOURCE,
    )


def _write_members(invented: list[InventedCompany], writing: _Writing) -> None:
    roles = {role.key: role for role in Role.objects.filter(company=None)}
    for company in invented:
        for invented_member in company.members:
            member = Member.objects.create(
                company_id=writing.companies[company.ubi],
                person_id=writing.persons[invented_member.hkid],
                status=Member.Status.ACTIVE,
                since=writing.at,
            )
            MemberRole.objects.bulk_create(
                MemberRole(member=member, role=roles[key], valid_from=writing.at)
                for key in invented_member.roles
            )


def _write_mandates(
    mandates: tuple[InventedMandate, ...], new: set[str], writing: _Writing
) -> None:
    powers = {power.key: power for power in Power.objects.all()}
    for mandate in mandates:
        if mandate.principal_ubi not in new:
            continue
        row = Mandate.objects.create(
            principal_id=writing.companies[mandate.principal_ubi],
            delegate_company_id=writing.companies[mandate.firm_ubi],
            valid_from=writing.at,
            valid_until=writing.at + _MANDATES_RUN,
            status=Mandate.Status.ACTIVE,
        )
        row.powers.set([powers[key] for key in mandate.powers if key in powers])
        MandateUser.objects.create(
            mandate=row,
            member=Member.objects.get(
                company_id=writing.companies[mandate.firm_ubi],
                person_id=writing.persons[mandate.member_hkid],
            ),
        )


def _morning_of(day: date) -> datetime:
    return datetime.combine(day, time(9), tzinfo=timezone.get_default_timezone())
