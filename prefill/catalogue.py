"""The data catalogue: everything that can be asked for, and from where it comes.

Scopes, whitelists, validators, the consent page and the integrators' documentation all read
this one table. A changed meaning is a new version; what a company agreed to names the version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from prefill.field_result import JSON


@dataclass(frozen=True, slots=True)
class Department:
    """Who keeps the data and answers for it."""

    slug: str
    name_en: str
    name_tc: str
    name_sc: str

    def name_in(self, language: str) -> str:
        return {"zh-hant": self.name_tc, "zh-hans": self.name_sc}.get(language, self.name_en)


COMPANIES_REGISTRY = Department(
    "companies-registry", "Companies Registry", "公司註冊處", "公司注册处"
)
INLAND_REVENUE = Department("inland-revenue", "Inland Revenue Department", "稅務局", "税务局")


@dataclass(frozen=True, slots=True)
class DataItemDefinition:
    """`register` is the connector that answers; `examples` show what a value looks like.

    `subject` says whose data it is: protected items of a person are released only with that
    person's own authorisation (Cap. 622N).
    """

    key: str
    register: str
    department: Department
    label_en: str
    label_tc: str
    label_sc: str
    schema: Mapping[str, Any]
    examples: tuple[JSON, ...]
    subject: Literal["company", "person"] = "company"
    sensitivity: Literal["public", "restricted", "protected"] = "public"
    max_age_days: int = 1
    code_list: tuple[str, ...] = ()
    version: int = 1

    def label_in(self, language: str) -> str:
        return {"zh-hant": self.label_tc, "zh-hans": self.label_sc}.get(language, self.label_en)


_NAME = {"type": "string", "minLength": 1, "maxLength": 300}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 1000}
_DATE = {"type": "string", "format": "date"}


def _texts(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(schema), "maxItems": 200}


_CR = ("companies_registry", COMPANIES_REGISTRY)
_CR_OFFICERS = ("companies_registry_officers", COMPANIES_REGISTRY)
_BR = ("business_registration", INLAND_REVENUE)

CAPACITIES = (
    "director",
    "reserve_director",
    "alternate_director",
    "secretary",
    "proprietor",
    "partner",
    "general_partner",
    "manager",
    "local_agent",
    "liquidator",
    "provisional_liquidator",
    "receiver",
    "official_receiver",
)

ITEMS: tuple[DataItemDefinition, ...] = (
    DataItemDefinition(
        "cr.company.number",
        *_CR,
        "Business identifier at the Companies Registry",
        "公司註冊處的商業識別號碼",
        "公司注册处的商业识别号码",
        {"type": "string", "pattern": "^[A-Z0-9]{8}$"},
        ("12345678", "F0012345"),
    ),
    DataItemDefinition(
        "cr.company.name_en",
        *_CR,
        "Company name in English",
        "公司英文名稱",
        "公司英文名称",
        _NAME,
        ("GOLDEN HARVEST TRADING LIMITED",),
    ),
    DataItemDefinition(
        "cr.company.name_tc",
        *_CR,
        "Company name in Chinese",
        "公司中文名稱",
        "公司中文名称",
        _NAME,
        ("金穗貿易有限公司",),
    ),
    DataItemDefinition(
        "cr.company.type",
        *_CR,
        "Company type",
        "公司類別",
        "公司类别",
        _NAME,
        ("Private company limited by shares",),
    ),
    DataItemDefinition(
        "cr.company.incorporated_on",
        *_CR,
        "Date of incorporation or registration",
        "成立或註冊日期",
        "成立或注册日期",
        _DATE,
        ("2019-03-04",),
    ),
    DataItemDefinition(
        "cr.company.place_of_incorporation",
        *_CR,
        "Place of incorporation",
        "成立地點",
        "成立地点",
        _NAME,
        ("HONG KONG", "NORWAY"),
    ),
    DataItemDefinition(
        "cr.company.registered_office",
        *_CR,
        "Registered office, or principal place of business in Hong Kong",
        "註冊辦事處,或香港主要營業地點",
        "注册办事处,或香港主要营业地点",
        _TEXT,
        ("FLAT B 12/F GOLDEN COURT, 188 SHANGHAI ST, KLN 九龍上海街188號金苑12樓B室",),
    ),
    DataItemDefinition(
        "cr.officers[].name_en",
        *_CR_OFFICERS,
        "Names of the officers in English",
        "高級人員的英文姓名或名稱",
        "高级人员的英文姓名或名称",
        _texts({"type": "string", "maxLength": 300}),
        (["LEE SIU MING"], []),
        sensitivity="restricted",
    ),
    DataItemDefinition(
        "cr.officers[].name_tc",
        *_CR_OFFICERS,
        "Names of the officers in Chinese",
        "高級人員的中文姓名或名稱",
        "高级人员的中文姓名或名称",
        _texts({"type": "string", "maxLength": 300}),
        (["李小明"], []),
        sensitivity="restricted",
    ),
    DataItemDefinition(
        "cr.officers[].capacity",
        *_CR_OFFICERS,
        "Capacities of the officers",
        "高級人員的身分",
        "高级人员的身份",
        _texts({"type": "string", "enum": list(CAPACITIES)}),
        (["director", "secretary"], []),
        sensitivity="restricted",
        code_list=CAPACITIES,
    ),
    DataItemDefinition(
        "cr.officers[].appointed_on",
        *_CR_OFFICERS,
        "Dates of appointment of the officers",
        "高級人員的委任日期",
        "高级人员的委任日期",
        _texts(_DATE),
        (["2019-03-04"], []),
        sensitivity="restricted",
    ),
    DataItemDefinition(
        "cr.officers[].identity_number",
        *_CR_OFFICERS,
        "Identity document numbers of the officers",
        "高級人員的身分證明文件號碼",
        "高级人员的身份证明文件号码",
        _texts({"type": "string", "maxLength": 40}),
        (["A123456(3)"], []),
        subject="person",
        sensitivity="protected",
    ),
    DataItemDefinition(
        "cr.capital.issued",
        *_CR_OFFICERS,
        "Issued share capital",
        "已發行股本",
        "已发行股本",
        {
            "type": "object",
            "properties": {
                "amount": {"type": "string", "pattern": "^[0-9]{1,15}([.][0-9]{1,4})?$"},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            },
            "required": ["amount", "currency"],
            "additionalProperties": False,
        },
        ({"amount": "10000.00", "currency": "HKD"},),
        sensitivity="restricted",
    ),
    DataItemDefinition(
        "ird.business.name_en",
        *_BR,
        "Business name in English",
        "業務英文名稱",
        "业务英文名称",
        _NAME,
        ("GOLDEN HARVEST TRADING LIMITED",),
    ),
    DataItemDefinition(
        "ird.business.name_tc",
        *_BR,
        "Business name in Chinese",
        "業務中文名稱",
        "业务中文名称",
        _NAME,
        ("陳記麵家",),
    ),
    DataItemDefinition(
        "ird.business.address",
        *_BR,
        "Business address",
        "營業地址",
        "营业地址",
        _TEXT,
        ("深水埗福華街38號地下",),
    ),
    DataItemDefinition(
        "ird.business.nature",
        *_BR,
        "Nature of business",
        "業務性質",
        "业务性质",
        _TEXT,
        ("IMPORT AND EXPORT OF DRIED SEAFOOD 海味進出口",),
    ),
    DataItemDefinition(
        "ird.business.status",
        *_BR,
        "Status of the business registration",
        "商業登記狀況",
        "商业登记状况",
        {"type": "string", "enum": ["active", "ceased"]},
        ("active",),
        sensitivity="restricted",
        code_list=("active", "ceased"),
    ),
    DataItemDefinition(
        "ird.business.commenced_on",
        *_BR,
        "Date of commencement",
        "開業日期",
        "开业日期",
        _DATE,
        ("2019-03-11",),
    ),
    DataItemDefinition(
        "ird.business.certificate_number",
        *_BR,
        "Business registration certificate number",
        "商業登記證號碼",
        "商业登记证号码",
        {"type": "string", "pattern": "^[A-Z0-9]{8}-[0-9]{3}-[0-9]{2}-[0-9]{2}-[0-9A-Z]$"},
        ("71234567-000-03-26-4",),
        sensitivity="restricted",
    ),
    DataItemDefinition(
        "ird.business.expires_on",
        *_BR,
        "Expiry of the business registration certificate",
        "商業登記證屆滿日期",
        "商业登记证届满日期",
        _DATE,
        ("2027-03-03",),
        sensitivity="restricted",
    ),
)

CATALOGUE: Mapping[str, DataItemDefinition] = MappingProxyType(
    {item.key: item for item in ITEMS}
)
