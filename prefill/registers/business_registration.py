"""The Inland Revenue's business registration: names, nature, address, certificate, expiry."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from corpid.business_identifier import BusinessIdentifier
from prefill.field_result import JSON, FieldReason, FieldResult, FieldStatus
from prefill.registers.register import (
    Endpoint,
    RegisterFailed,
    member,
    read_choice,
    read_iso_date,
    read_list,
    read_moment,
    read_object,
    read_text,
    refuse_wrong_company,
    results_of,
)

MAIN_BRANCH = "000"
MAX_BRANCHES = 999

_OF_BUSINESS = {
    "ird.business.name_en": "businessNameEnglish",
    "ird.business.name_tc": "businessNameChinese",
    "ird.business.nature": "natureOfBusiness",
    "ird.business.status": "status",
    "ird.business.commenced_on": "commencementDate",
}
_OF_MAIN_BRANCH = {
    "ird.business.address": "address",
    "ird.business.certificate_number": "certificateNumber",
    "ird.business.expires_on": "expiryDate",
}


@dataclass(frozen=True, slots=True)
class BusinessRegistration:
    endpoint: Endpoint
    id: str = "business_registration"

    @property
    def items(self) -> frozenset[str]:
        return frozenset({*_OF_BUSINESS, *_OF_MAIN_BRANCH})

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
        path = f"/v1/businesses/{quote(identifier.text, safe='')}"
        told = read_object(self.endpoint.get_json(path, {}, deadline))
        refuse_wrong_company(told.get("brn"), identifier)
        branch = _main_branch(told)
        values = {
            key: _value(key, told, _OF_BUSINESS[key])
            if key in _OF_BUSINESS
            else _value(key, branch, _OF_MAIN_BRANCH[key])
            for key in item_keys
        }
        return values, read_moment(told.get("lastUpdated"))


def _main_branch(told: Mapping[str, Any]) -> Mapping[str, Any]:
    branches = [
        read_object(one) for one in read_list(member(told, "branches"), at_most=MAX_BRANCHES)
    ]
    main = [branch for branch in branches if branch.get("branch") == MAIN_BRANCH]
    if len(main) != 1:
        raise RegisterFailed(FieldStatus.UNAVAILABLE, FieldReason.UNREADABLE, "main branch")
    return main[0]


def _value(key: str, told: Mapping[str, Any], name: str) -> JSON:
    value = member(told, name)
    if key.endswith("_on"):
        return read_iso_date(value)
    if key == "ird.business.status":
        return read_choice(value, {"active", "ceased"})
    return read_text(value)
