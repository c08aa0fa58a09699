"""The Companies Registry: its open data, and its authenticated register of officers.

Open data, `GET /api/api/v1/api_builder/json/{local|foreign}/search?query[0][key1]=Brn&...`.
Its ways: dates DD-MM-YYYY; "NULL" as a text; addresses in two languages in one string; an error
as `{"status": 400, "message": ...}` whatever the HTTP status; only live companies are listed,
so absence is not dissolution.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from corpid.business_identifier import BusinessIdentifier
from prefill.catalogue import CAPACITIES
from prefill.field_result import JSON, FieldReason, FieldResult, FieldStatus
from prefill.registers.register import (
    Endpoint,
    NotOnRegister,
    RegisterFailed,
    member,
    read_choice,
    read_date,
    read_iso_date,
    read_list,
    read_moment,
    read_object,
    read_text,
    refuse_wrong_company,
    results_of,
)

MAX_OFFICERS = 200

# item -> the column of local and of foreign companies (None: not a column, but known)
_COLUMNS: Mapping[str, tuple[str | None, str | None]] = {
    "cr.company.number": ("Brn", "Brn"),
    "cr.company.name_en": ("English_Company_Name", "Corporate_Name"),
    "cr.company.name_tc": ("Chinese_Company_Name", "Corporate_Name_in_Chinese"),
    "cr.company.type": ("Company_Type", "Company_Type"),
    "cr.company.incorporated_on": ("Date_of_Incorporation", "Date_of_Registration"),
    "cr.company.place_of_incorporation": (None, "Place_of_Incorporation"),
    "cr.company.registered_office": (
        "Address_of_Registered_Office",
        "Principal_Place_of_Business_in_H.K.",
    ),
}
_LOCAL_PLACE = "HONG KONG"


@dataclass(frozen=True, slots=True)
class CompaniesRegistry:
    endpoint: Endpoint
    id: str = "companies_registry"

    @property
    def items(self) -> frozenset[str]:
        return frozenset(_COLUMNS)

    def check_configuration(self) -> list[str]:
        return [] if self.endpoint.base_url else [f"{self.id}: no address"]

    def fetch(
        self, identifier: BusinessIdentifier, item_keys: Collection[str], deadline: float
    ) -> Mapping[str, FieldResult]:
        return results_of(self._find, self.id, identifier, item_keys, deadline)

    def _find(
        self, identifier: BusinessIdentifier, item_keys: Collection[str], deadline: float
    ) -> tuple[Mapping[str, JSON], datetime | None]:
        """Look among local companies first, unless the identifier says foreign.

        The open data says nothing of when a row was changed.
        """
        for is_foreign in (True,) if identifier.text.startswith("F") else (False, True):
            row = self._row(identifier, deadline, is_foreign=is_foreign)
            if row is not None:
                return {key: _value(row, key, is_foreign=is_foreign) for key in item_keys}, None
        raise NotOnRegister

    def _row(
        self, identifier: BusinessIdentifier, deadline: float, *, is_foreign: bool
    ) -> Mapping[str, Any] | None:
        register = "foreign" if is_foreign else "local"
        answer = self.endpoint.get_json(
            f"/api/api/v1/api_builder/json/{register}/search",
            {
                "query[0][key1]": "Brn",
                "query[0][key2]": "equal",
                "query[0][key3]": identifier.text,
                "format": "json",
            },
            deadline,
        )
        # Nothing else of the answer of an "equal" on a unique number can be right.
        rows = read_list(answer, at_most=1)
        if not rows:
            return None
        row = read_object(rows[0])
        refuse_wrong_company(row.get("Brn"), identifier)
        return row


def _value(row: Mapping[str, Any], key: str, *, is_foreign: bool) -> JSON:
    column = _COLUMNS[key][1 if is_foreign else 0]
    if column is None:
        return _LOCAL_PLACE
    told = member(row, column)
    return read_date(told, pattern="%d-%m-%Y") if key.endswith("_on") else read_text(told)


@dataclass(frozen=True, slots=True)
class CompaniesRegistryOfficers:
    """Officers, capital, members and charges: not open data, asked with our token."""

    endpoint: Endpoint
    id: str = "companies_registry_officers"

    @property
    def items(self) -> frozenset[str]:
        return frozenset({*_OFFICER_COLUMNS, "cr.capital.issued"})

    def check_configuration(self) -> list[str]:
        missing = {"address": self.endpoint.base_url, "token": self.endpoint.token}
        return [f"{self.id}: no {name}" for name, given in missing.items() if not given]

    def fetch(
        self, identifier: BusinessIdentifier, item_keys: Collection[str], deadline: float
    ) -> Mapping[str, FieldResult]:
        return results_of(self._find, self.id, identifier, item_keys, deadline)

    def _find(
        self, identifier: BusinessIdentifier, item_keys: Collection[str], deadline: float
    ) -> tuple[Mapping[str, JSON], datetime | None]:
        path = f"/v1/companies/{quote(identifier.text, safe='')}"
        told = read_object(self.endpoint.get_json(path, {}, deadline))
        refuse_wrong_company(told.get("brn"), identifier)
        officers = [
            read_object(one)
            for one in read_list(member(told, "officers"), at_most=MAX_OFFICERS)
        ]
        present = [one for one in officers if read_iso_date(one.get("cessationDate")) is None]
        values: dict[str, JSON] = {}
        for key in item_keys:
            values[key] = (
                _capital(member(told, "shareCapital"))
                if key == "cr.capital.issued"
                else _column(present, key)
            )
        return values, read_moment(told.get("lastUpdated"))


_OFFICER_COLUMNS = {
    "cr.officers[].name_en": "nameEnglish",
    "cr.officers[].name_tc": "nameChinese",
    "cr.officers[].capacity": "capacity",
    "cr.officers[].appointed_on": "appointmentDate",
    "cr.officers[].identity_number": "identityNumber",
}


def _column(officers: list[Mapping[str, Any]], key: str) -> JSON:
    """One value per officer in office, in the register's order; "" where it holds none."""
    if not officers:
        return None
    name = _OFFICER_COLUMNS[key]
    if key == "cr.officers[].capacity":
        return [read_choice(member(one, name), CAPACITIES) for one in officers]
    if key == "cr.officers[].appointed_on":
        dates = [read_iso_date(member(one, name)) for one in officers]
        if None in dates:
            raise RegisterFailed(FieldStatus.UNAVAILABLE, FieldReason.UNREADABLE, name)
        return [text for text in dates if text]
    return [read_text(member(one, name)) or "" for one in officers]


def _capital(told: object) -> JSON:
    if told is None:
        return None
    capital = read_object(told)
    return {
        "amount": read_text(member(capital, "issued")),
        "currency": read_text(member(capital, "currency")),
    }
