"""Invent the companies around the cast, and the people whom registers name in them.

`invent_world(on)` gives the same world for the same day. Dates lie around that day, so that
some registrations are about to lapse whenever the sandbox is first started.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from corpid.demonstration.invention import words
from corpid.demonstration.invention.calendar import years_before
from corpid.demonstration.invention.cast import (
    ABC_SECRETARIES,
    PERSONS,
    WONG_MEI_LING,
    companies_of_the_cast,
    printed_hkid,
)
from corpid.demonstration.invention.draws import Draws
from corpid.demonstration.invention.facts import (
    InventedCompany,
    InventedLicence,
    InventedMandate,
    InventedOfficer,
    InventedPerson,
    InventedPremises,
    InventedRegistration,
    InventedWorld,
    Name,
)

_LOCAL_PRIVATE = 156
_CLIENTS_OF_ABC = 44
_MONTH = 30  # days after its end from which a registration counts as expired
_UBI_IS_CR_NUMBER_SINCE = date(2023, 12, 27)
# What befalls the local companies at these places of the row.
_STATUSES = {
    50: "dormant",
    54: "dormant",
    58: "struck_off",
    62: "struck_off",
    66: "deregistered",
    70: "winding_up",
    74: "winding_up",
    78: "provisional_liquidator",
    82: "receiver",
    86: "name_being_changed",
    90: "restored",
    94: "amalgamated",
    98: "unattended",
}
_NO_REGISTRATION = frozenset({"struck_off", "deregistered", "amalgamated"})
_LIQUIDATOR = {
    "winding_up": "liquidator",
    "provisional_liquidator": "provisional_liquidator",
    "receiver": "receiver",
}
_FOOD = {
    "Seafood": "food_factory",
    "Tea Merchants": "light_refreshment",
    "Bakery": "bakery",
    "Cold Storage": "food_factory",
}
_MANDATE_POWERS = (
    "corpid.sign_in",
    "corpid.company.view",
    "corpid.data.consent",
    "corpid.sign.prepare",
    "corpid.wallet.view",
)


def invent_world(on: date) -> InventedWorld:
    invention = _Invention(on)
    companies = [*companies_of_the_cast(on), *invention.companies()]
    return InventedWorld(
        on=on,
        persons=(*PERSONS, *invention.persons),
        companies=tuple(companies),
        mandates=tuple(_mandates(companies)),
    )


def _mandates(companies: Sequence[InventedCompany]) -> Iterator[InventedMandate]:
    """Let the agent act for some businesses to which no register ties it."""
    kinds = {"sole_proprietorship", "partnership", "guarantee"}
    willing = [
        company for company in companies if company.kind in kinds and company.is_enrolled
    ]
    for company in willing[:12]:
        yield InventedMandate(
            principal_ubi=company.ubi,
            firm_ubi=ABC_SECRETARIES,
            member_hkid=WONG_MEI_LING.hkid,
            powers=_MANDATE_POWERS,
        )


@dataclass
class _Invention:
    on: date
    draws: Draws = field(default_factory=lambda: Draws("Corp ID sandbox, first edition"))
    persons: list[InventedPerson] = field(default_factory=list)
    _numbers: int = 0

    def companies(self) -> Iterator[InventedCompany]:
        local = [self._local_private(place) for place in range(_LOCAL_PRIVATE)]
        survivor = local[-1].ubi
        for company in local:
            is_merged = company.status == "amalgamated"
            yield replace(company, successor_ubi=survivor) if is_merged else company
        kinds: tuple[tuple[Sequence[Name], Callable[[int, Name], InventedCompany]], ...] = (
            (words.CAUSES, self._guarantee),
            (words.SHOPS, self._shop),
            (words.FIRMS, self._partnership),
            (words.FUNDS, self._fund),
        )
        for names, invent in kinds:
            for place, name in enumerate(names):
                yield invent(place, name)
        for place, (foreign_name, country) in enumerate(words.ABROAD):
            yield self._non_hong_kong(place, foreign_name, country)

    # -- Kinds ---------------------------------------------------------------------------------

    def _local_private(self, place: int) -> InventedCompany:
        head = words.HEADS[place % len(words.HEADS)]
        trade = words.TRADES[(place + place // len(words.HEADS)) % len(words.TRADES)]
        status = _STATUSES.get(place, "live")
        left = _days_left(place)
        formed, registration_until = self._formed(left)
        ubi = self._brn()
        directors = [self._person() for _ in range(1 + self.draws.below(4))]
        officers = [_office("director", person, formed) for person in directors]
        officers.append(
            InventedOfficer(capacity="secretary", appointed_on=formed, ubi=ABC_SECRETARIES)
            if place < _CLIENTS_OF_ABC
            else _office("secretary", self._person(), formed)
        )
        if status in _LIQUIDATOR:
            since = self.on - timedelta(days=200)
            officers.append(_office(_LIQUIDATOR[status], self._person(), since))
        if place % 11 == 0:  # somebody has left
            left_on = years_before(self.on, 1)
            if formed < left_on:
                gone = _office("director", self._person(), formed)
                officers.append(replace(gone, ceased_on=left_on))
        if status == "live" and left < -_MONTH:
            status = "registration_expired"
        company = InventedCompany(
            ubi=ubi,
            kind="local_private",
            name=Name(
                f"{head.en} {trade.en} Limited",
                f"{head.tc}{trade.tc}有限公司",
                f"{head.sc}{trade.sc}有限公司",
            ),
            address=self._address(),
            formed_on=formed,
            cr_number=ubi if formed >= _UBI_IS_CR_NUMBER_SINCE else self._cr_number(),
            status=status,
            officers=tuple(officers),
            shares=tuple(
                (person.hkid, 1000 * (1 + self.draws.below(9))) for person in directors
            ),
            registration=None
            if status in _NO_REGISTRATION
            else self._registration(ubi, f"{trade.en} {trade.tc}", registration_until),
            is_enrolled=status not in _NO_REGISTRATION and self.draws.happens(70),
        )
        company = self._with_former_name(company, place)
        return self._with_premises(company, trade, place)

    def _guarantee(self, place: int, name: Name) -> InventedCompany:
        formed, _ = self._formed(100)
        number = self._cr_number()
        members = [self._person() for _ in range(3)]
        return InventedCompany(
            ubi=f"C{number.zfill(7)}",  # a charity without a business registration
            kind="guarantee",
            name=Name(f"{name.en} Limited", f"{name.tc}有限公司", f"{name.sc}有限公司"),
            address=self._address(),
            formed_on=formed,
            cr_number=number,
            officers=(
                *(_office("director", person, formed) for person in members),
                _office("secretary", members[0], formed),
            ),
            is_enrolled=place % 2 == 0,
        )

    def _shop(self, place: int, name: Name) -> InventedCompany:
        owner = self._person()
        return self._business(
            "sole_proprietorship",
            name,
            [("proprietor", owner)],
            status="ceased" if place == len(words.SHOPS) - 1 else "live",
            is_enrolled=place % 3 == 0,
        )

    def _partnership(self, place: int, name: Name) -> InventedCompany:
        partners = [self._person() for _ in range(2 + self.draws.below(2))]
        return self._business(
            "partnership",
            name,
            [("partner", partner) for partner in partners],
            is_enrolled=place % 2 == 0,
        )

    def _fund(self, place: int, name: Name) -> InventedCompany:
        manager = self._person()
        return self._business(
            "limited_partnership_fund",
            name,
            [("general_partner", manager)],
            is_enrolled=place % 2 == 0,
        )

    def _business(
        self,
        kind: str,
        name: Name,
        officers: Sequence[tuple[str, InventedPerson]],
        *,
        status: str = "live",
        is_enrolled: bool,
    ) -> InventedCompany:
        ubi = self._brn()
        formed, until = self._formed(10 + self.draws.below(350))
        address = self._address()
        return InventedCompany(
            ubi=ubi,
            kind=kind,
            name=name,
            address=address,
            formed_on=formed,
            status=status,
            officers=tuple(_office(capacity, person, formed) for capacity, person in officers),
            registration=None
            if status == "ceased"
            else self._registration(ubi, name.en or name.tc, until),
            premises=(InventedPremises(name=name.en or name.tc, address=address),),
            is_enrolled=is_enrolled and status == "live",
        )

    def _non_hong_kong(self, place: int, name: str, country: str) -> InventedCompany:
        formed, until = self._formed(10 + self.draws.below(350))
        has_registration = place % 3 != 0
        number = f"F{int(self._cr_number()) % 100_000}"
        ubi = self._brn() if has_registration else f"F{number[1:].zfill(7)}"
        return InventedCompany(
            ubi=ubi,
            kind="non_hong_kong",
            name=Name(name, "", ""),
            address=self._address(),
            formed_on=formed,
            cr_number=number,
            place_of_formation=country,
            officers=(
                _office("director", self._person(), formed),
                _office("local_agent", self._person(), formed),
            ),
            registration=self._registration(ubi, "Trading", until)
            if has_registration
            else None,
            is_enrolled=place % 2 == 0,
        )

    # -- Parts ---------------------------------------------------------------------------------

    def _with_former_name(self, company: InventedCompany, place: int) -> InventedCompany:
        if place % 19 != 0:
            return company
        former = Name(f"Old {company.name.en}", f"舊{company.name.tc}", f"旧{company.name.sc}")
        renamed = self.on - timedelta(days=90 + place)
        if renamed <= company.formed_on:
            return company
        return replace(company, former_name=former, renamed_on=renamed)

    def _with_premises(
        self, company: InventedCompany, trade: Name, place: int
    ) -> InventedCompany:
        if trade.en not in _FOOD or company.status != "live":
            return company
        premises = InventedPremises(name=f"{company.name.en} Shop", address=self._address())
        licence = InventedLicence(
            number=f"29{self.draws.below(10**8):08}",
            kind=_FOOD[trade.en],
            premises_name=premises.name,
            issued_on=self.on - timedelta(days=300 + place % 50),
            expires_on=self.on + timedelta(days=7 + 3 * place),
        )
        return replace(company, premises=(premises,), licences=(licence,))

    def _person(self) -> InventedPerson:
        family = self.draws.one_of(words.FAMILY_NAMES)
        given = self.draws.one_of(words.GIVEN_NAMES)
        person = InventedPerson(
            hkid=printed_hkid("QX", f"{200_001 + len(self.persons)}"),
            name=Name(f"{family.en} {given.en}", family.tc + given.tc, family.sc + given.sc),
            home=self._address(),
        )
        self.persons.append(person)
        return person

    def _address(self) -> Name:
        building, street = (
            self.draws.one_of(words.BUILDINGS),
            self.draws.one_of(words.STREETS),
        )
        number, floor = 1 + self.draws.below(400), 1 + self.draws.below(24)
        return Name(
            f"{floor}/F, {building.en}, {number} {street.en}",
            f"{street.tc}{number}號{building.tc}{floor}樓",
            f"{street.sc}{number}号{building.sc}{floor}楼",
        )

    def _formed(self, days_left: int) -> tuple[date, date]:
        """Choose when a company began; its registration lapses on an anniversary of that."""
        until = self.on + timedelta(days=days_left)
        return years_before(until, 2 + self.draws.below(30)), until

    def _registration(self, ubi: str, nature: str, until: date) -> InventedRegistration:
        years = 3 if self.draws.happens(15) and until.year % 3 == 0 else 1
        begins = years_before(until, years)
        last = "0123456789A"[self.draws.below(11)]
        return InventedRegistration(
            certificate_number=f"{ubi}-000-{begins:%m-%y}-{last}",
            nature=nature,
            valid_from=begins,
            valid_until=until,
        )

    def _brn(self) -> str:
        self._numbers += 1
        return f"{91_000_000 + 4_177 * self._numbers + self.draws.below(4_000)}"

    def _cr_number(self) -> str:
        self._numbers += 1
        return f"{9_000_000 + 411 * self._numbers + self.draws.below(400)}"


def _days_left(place: int) -> int:
    """Say for how long a registration still runs; some lapse soon, some have lapsed."""
    match place % 24:
        case 7:
            return 3 + place % 20
        case 13:
            return -(5 + place % 20)
        case 19:
            return -(45 + place % 60)
        case _:
            return 31 + (place * 37) % 330


def _office(capacity: str, person: InventedPerson, since: date) -> InventedOfficer:
    return InventedOfficer(capacity=capacity, appointed_on=since, hkid=person.hkid)
