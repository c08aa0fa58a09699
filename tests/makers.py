"""Makers of the world that tests stand on: persons, companies and their offices, as rows."""

import secrets
from datetime import UTC, date, datetime, timedelta
from itertools import count

from authentication.models import (
    Account,
    Capacity,
    Company,
    CompanyKind,
    CompanyName,
    EService,
    Mandate,
    Member,
    MemberRole,
    Officer,
    Person,
    Power,
    Role,
)
from authentication.powers import POWERS, PowerDefinition
from authentication.services.establish_catalogue import establish_catalogue

NOW = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
FIRST_DAY = date(2020, 1, 1)
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
AFTER = datetime.now(UTC) + timedelta(days=365)  # pages ask the clock, not NOW

_numbers = count(10_000_001)


def make_person(name_en: str = "Chan Tai Man", *, email: str | None = None) -> Person:
    account = None
    if email is not None:
        account = Account.objects.create_account(
            email=email, password="correct horse battery", email_verified_at=NOW
        )
    return Person.objects.create(
        account=account,
        name_en=name_en,
        document_kind=Person.DocumentKind.HKID,
        document_hmac=secrets.token_bytes(32),
        document_tail="3(7)",
    )


def make_company(
    name_en: str = "Golden Harvest Trading Limited",
    *,
    name_tc: str = "金穗貿易有限公司",
    name_sc: str = "金穗贸易有限公司",
    kind: str = CompanyKind.LOCAL_PRIVATE,
) -> Company:
    company = Company.objects.create(
        ubi=str(next(_numbers)), ubi_kind=Company.IdentifierKind.BRN, kind=kind
    )
    company.current_name = CompanyName.objects.create(
        company=company,
        en=name_en,
        tc=name_tc,
        sc=name_sc,
        valid_from=FIRST_DAY,
        source="register",
    )
    company.save(update_fields=["current_name"])
    return company


def make_officer(
    company: Company,
    holder: Person | Company,
    capacity: str = Capacity.DIRECTOR,
    *,
    ceased_on: date | None = None,
) -> Officer:
    return Officer.objects.create(
        company=company,
        person=holder if isinstance(holder, Person) else None,
        firm=holder if isinstance(holder, Company) else None,
        capacity=capacity,
        appointed_on=FIRST_DAY,
        ceased_on=ceased_on,
        source="register",
    )


def make_member(
    company: Company, person: Person, *roles: str, powers: tuple[PowerDefinition, ...] = POWERS
) -> Member:
    """Let a person in, with system roles by key."""
    if roles:
        establish_catalogue(powers=powers)
    member = Member.objects.create(
        company=company, person=person, status=Member.Status.ACTIVE, since=BEFORE
    )
    for key in roles:
        MemberRole.objects.create(
            member=member, role=Role.objects.get(company=None, key=key), valid_from=BEFORE
        )
    return member


def make_mandate(
    principal: Company,
    delegate: Person | Company | Member,
    *powers: str,
    parent: Mandate | None = None,
    may_subdelegate: bool = False,
) -> Mandate:
    mandate = Mandate.objects.create(
        principal=principal,
        delegate_person=delegate if isinstance(delegate, Person) else None,
        delegate_company=delegate if isinstance(delegate, Company) else None,
        delegate_member=delegate if isinstance(delegate, Member) else None,
        parent=parent,
        depth=1 if parent is None else parent.depth + 1,
        may_subdelegate=may_subdelegate,
        valid_from=BEFORE,
        valid_until=AFTER,
        status=Mandate.Status.ACTIVE,
    )
    mandate.powers.set(Power.objects.filter(key__in=powers))
    return mandate


def make_e_service(slug: str = "harbour-bank", *, scopes: tuple[str, ...] = ()) -> EService:
    return EService.objects.create(
        slug=slug,
        kind=EService.Kind.BANK,
        name_en="Harbour Bank",
        name_tc="海港銀行",
        name_sc="海港银行",
        profile=EService.Profile.FAPI2,
        redirect_uris=["https://bank.example/callback"],
        sector_identifier="bank.example",
        scopes=list(scopes),
        status=EService.Status.ACTIVE,
    )
