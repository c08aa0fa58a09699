"""What each register says about a company, in that register's own manner."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from corpid.demonstration.registers.world import Company, World

_QUERY = "query[0][{}]"
_OPEN_DATA_LIMIT = 200


def _dmy(date: str | None) -> str:
    if date is None:
        return "NULL"
    return dt.date.fromisoformat(date).strftime("%d-%m-%Y")


def _or_null(text: str | None) -> str:
    return text if text is not None else "NULL"


def _local(company: Company) -> dict[str, str]:
    return {
        "Brn": company["ubi"],
        "English_Company_Name": _or_null(company["name_en"]),
        "Chinese_Company_Name": _or_null(company["name_tc"]),
        "Address_of_Registered_Office": _or_null(company["registered_office"]),
        "Company_Type": _or_null(company["company_type"]),
        "Date_of_Incorporation": _dmy(company["incorporated_on"]),
        "Re-domiciliation_Date": _dmy(company["redomiciled_on"]),
    }


def _foreign(company: Company) -> dict[str, str]:
    return {
        "Brn": company["ubi"],
        "Corporate_Name": _or_null(company["name_en"]),
        "Corporate_Name_in_Chinese": _or_null(company["name_tc"]),
        "Principal_Place_of_Business_in_H.K.": _or_null(company["registered_office"]),
        "Place_of_Incorporation": _or_null(company["place_of_incorporation"]),
        "Company_Type": _or_null(company["company_type"]),
        "Date_of_Registration": _dmy(company["incorporated_on"]),
    }


def open_data(register: str, company: Company) -> dict[str, str]:
    return _local(company) if register == "local" else _foreign(company)


def search_companies(
    world: World, register: str, query: Mapping[str, str]
) -> list[dict[str, str]] | dict[str, Any]:
    """Answer the Companies Registry's open-data search; what it can't read is its own 400."""
    key, operator, wanted = (query.get(_QUERY.format(f"key{n}"), "") for n in (1, 2, 3))
    if key not in {"Brn", "Comp_name"} or operator not in {"equal", "begins_with"}:
        return {"status": 400, "message": "Invalid query parameter"}
    if not wanted or query.get("format", "json") != "json":
        return {"status": 400, "message": "Missing query value or unknown format"}

    def matches(company: Company) -> bool:
        names = [company["name_en"], company["name_tc"]] if key == "Comp_name" else []
        values = [str(value).upper() for value in (names or [company["ubi"]]) if value]
        if operator == "equal":
            return wanted.upper() in values
        return any(value.startswith(wanted.upper()) for value in values)

    found = world.named(register, matches)[:_OPEN_DATA_LIMIT]
    return [open_data(register, company) for company in found]


def officers(company: Company) -> dict[str, Any]:
    return {
        "brn": company["ubi"],
        "status": company["status"],
        "officers": [
            {
                "nameEnglish": officer.get("name_en"),
                "nameChinese": officer.get("name_tc"),
                "capacity": officer.get("capacity", "director"),
                "entity": officer.get("kind", "person"),
                "identityNumber": officer.get("identity_number"),
                "officerBrn": officer.get("ubi"),
                "residentialAddress": officer.get("residential_address"),
                "appointmentDate": officer.get("appointed_on"),
                "cessationDate": officer.get("ceased_on"),
                "cessationReason": officer.get("ceased_by"),
            }
            for officer in company["officers"]
        ],
        "shareCapital": company["share_capital"],
        "members": company["members"],
        "charges": company["charges"],
    }


def business_registration(company: Company) -> dict[str, Any] | None:
    registration = company["business_registration"]
    if registration is None:
        return None
    return {
        "brn": company["ubi"],
        "businessNameEnglish": registration.get("name_en", company["name_en"]),
        "businessNameChinese": registration.get("name_tc", company["name_tc"]),
        "natureOfBusiness": registration.get("nature"),
        "commencementDate": registration.get("commenced_on"),
        "status": str(registration.get("status", "active")).upper(),
        "branches": [
            {
                "branch": branch["branch"],
                "address": branch.get("address"),
                "certificateNumber": branch.get("certificate_number"),
                "expiryDate": branch.get("expires_on"),
            }
            for branch in registration.get("branches", [])
        ],
    }


def licences(company: Company) -> dict[str, Any]:
    return {"brn": company["ubi"], "licences": company["licences"]}


OF_COMPANY = {
    "companies_registry_officers": officers,
    "business_registration": business_registration,
    "licensing": licences,
}
COMPANY_PATH = re.compile(
    r"/(?:(?P<companies_registry_officers>cr-officers/v1/companies)"
    r"|(?P<business_registration>ird/business-registration/v1/businesses))/(?P<ubi>[^/]+)\Z"
)
SEARCH_PATH = re.compile(
    r"/cr/api/api/v1/api_builder/json/(?P<register>local|foreign)/search\Z"
)
