"""Forms that ship with Corp ID, ready to be published for an e-service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ShippedForm:
    """`mapping` fills part of `schema`; what it leaves out is typed by hand."""

    slug: str
    title_en: str
    title_tc: str
    title_sc: str
    purpose_en: str
    purpose_tc: str
    purpose_sc: str
    retention_days: int
    retention_en: str
    retention_tc: str
    retention_sc: str
    legal_basis: str
    keeping: str
    consent_power: str
    schema: dict[str, Any]
    mapping: Sequence[Mapping[str, Any]]
    max_uses: int = 1
    consent_days: int = 1

    def version_facts(self) -> dict[str, Any]:
        """Give what makes two versions different."""
        names = (
            "schema",
            "purpose_en",
            "purpose_tc",
            "purpose_sc",
            "legal_basis",
            "keeping",
            "retention_days",
            "retention_en",
            "retention_tc",
            "retention_sc",
            "max_uses",
            "consent_days",
            "consent_power",
        )
        facts = {name: getattr(self, name) for name in names}
        facts["mapping"] = [dict(line) for line in self.mapping]
        return facts


_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFS = {
    "name": {"type": "string", "minLength": 1, "maxLength": 300},
    "address": {"type": "string", "minLength": 1, "maxLength": 1000},
    "date": {"type": "string", "format": "date"},
}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _line(pointer: str, item: str, *, required: bool = True, **more: str) -> dict[str, Any]:
    return {"pointer": pointer, "item": item, "required": required, **more}


BUSINESS_REGISTRATION_RENEWAL = ShippedForm(
    slug="business-registration-renewal",
    title_en="Business registration renewal",
    title_tc="商業登記續期",
    title_sc="商业登记续期",
    purpose_en="to renew the business registration",
    purpose_tc="用作辦理商業登記續期",
    purpose_sc="用于办理商业登记续期",
    retention_days=30,
    retention_en="if the form is not submitted",
    retention_tc="如最終沒有提交表格",
    retention_sc="如最终没有提交表格",
    legal_basis="Business Registration Ordinance (Cap. 310), s. 6",
    keeping="store",
    consent_power="corpid.registration.renew",
    schema={
        "$schema": _DIALECT,
        "$defs": _DEFS,
        **_object(
            {
                "business": _object(
                    {
                        "number": {"type": "string", "pattern": "^[A-Z0-9]{8}$"},
                        "name_en": _ref("name"),
                        "name_tc": _ref("name"),
                        "nature": _ref("address"),
                        "address": _ref("address"),
                        "commenced_on": _ref("date"),
                    }
                ),
                "certificate": _object(
                    {
                        "number": {"type": "string", "maxLength": 25},
                        "expires_on": _ref("date"),
                    }
                ),
                "registered_office": _ref("address"),
                "renew_for_years": {"enum": [1, 3]},
                "contact_phone": {"type": "string", "pattern": "^[0-9 +-]{8,20}$"},
            }
        ),
    },
    mapping=(
        _line("/business/number", "cr.company.number", required=False),
        _line("/business/name_en", "ird.business.name_en", required=False),
        _line("/business/name_tc", "ird.business.name_tc", required=False),
        _line("/business/nature", "ird.business.nature"),
        _line("/business/address", "ird.business.address"),
        _line("/business/commenced_on", "ird.business.commenced_on", required=False),
        _line("/certificate/number", "ird.business.certificate_number"),
        _line("/certificate/expires_on", "ird.business.expires_on"),
        _line("/registered_office", "cr.company.registered_office", required=False),
    ),
)

BANK_ACCOUNT_OPENING = ShippedForm(
    slug="business-account-opening",
    title_en="Business account opening",
    title_tc="開立商業戶口",
    title_sc="开立商业账户",
    purpose_en="to open a business account",
    purpose_tc="用作開立商業戶口",
    purpose_sc="用于开立商业账户",
    retention_days=90,
    retention_en="if no account is opened",
    retention_tc="如最終沒有開戶",
    retention_sc="如最终没有开户",
    legal_basis=(
        "Anti-Money Laundering and Counter-Terrorist Financing Ordinance (Cap. 615), sch. 2"
    ),
    keeping="store",
    consent_power="corpid.data.consent",
    schema={
        "$schema": _DIALECT,
        "$defs": _DEFS,
        **_object(
            {
                "company": _object(
                    {
                        "number": {"type": "string", "pattern": "^[A-Z0-9]{8}$"},
                        "name_en": _ref("name"),
                        "name_tc": _ref("name"),
                        "type": _ref("name"),
                        "incorporated_on": _ref("date"),
                        "place_of_incorporation": _ref("name"),
                        "registered_office": _ref("address"),
                        "issued_capital": {"type": "object"},
                    }
                ),
                "officers": {
                    "type": "array",
                    "items": _object(
                        {
                            "name_en": {"type": "string"},
                            "name_tc": {"type": "string"},
                            "capacity": {"type": "string"},
                            "identity_number": {"type": "string"},
                        }
                    ),
                },
                "business": _object(
                    {
                        "nature": _ref("address"),
                        "address": _ref("address"),
                        "certificate_number": {"type": "string", "maxLength": 25},
                        "certificate_expires_on": _ref("date"),
                    }
                ),
                "account_purpose": {"type": "string", "maxLength": 500},
                "expected_monthly_turnover": {"type": "string", "maxLength": 40},
                "contact_email": {"type": "string", "format": "email"},
            }
        ),
    },
    mapping=(
        _line("/company/number", "cr.company.number"),
        _line("/company/name_en", "cr.company.name_en", required=False),
        _line("/company/name_tc", "cr.company.name_tc", required=False),
        _line("/company/type", "cr.company.type"),
        _line("/company/incorporated_on", "cr.company.incorporated_on"),
        _line("/company/place_of_incorporation", "cr.company.place_of_incorporation"),
        _line("/company/registered_office", "cr.company.registered_office"),
        _line("/company/issued_capital", "cr.capital.issued", required=False),
        _line("/officers/*/name_en", "cr.officers[].name_en"),
        _line("/officers/*/name_tc", "cr.officers[].name_tc", required=False),
        _line("/officers/*/capacity", "cr.officers[].capacity"),
        _line("/officers/*/identity_number", "cr.officers[].identity_number", required=False),
        _line("/business/nature", "ird.business.nature"),
        _line("/business/certificate_number", "ird.business.certificate_number"),
    ),
)

SHIPPED_FORMS: Mapping[str, ShippedForm] = {
    form.slug: form for form in (BUSINESS_REGISTRATION_RENEWAL, BANK_ACCOUNT_OPENING)
}
