"""The form itself: its fields, and what Corp ID or the applicant put into each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from small_web import Text

_HONG_KONG = ZoneInfo("Asia/Hong_Kong")
SLUG = "business-registration-renewal"  # the form template that Corp ID knows it by


@dataclass(frozen=True)
class Field:
    """`pointer` (RFC 6901) is where the form template has it."""

    pointer: str
    label: Text

    @property
    def name(self) -> str:
        """Name the input: a pointer without its slashes."""
        return self.pointer.strip("/").replace("/", ".")


FIELDS = (
    Field("/business/number", ("Business registration number", "商業登記號碼", "商业登记号码")),
    Field("/business/name_en", ("Name in English", "英文名稱", "英文名称")),
    Field("/business/name_tc", ("Name in Chinese", "中文名稱", "中文名称")),
    Field("/business/nature", ("Nature of business", "業務性質", "业务性质")),
    Field("/business/address", ("Address of business", "營業地址", "营业地址")),
    Field("/business/commenced_on", ("Business began on", "開業日期", "开业日期")),
    Field("/certificate/number", ("Present certificate", "現有登記證號碼", "现有登记证号码")),
    Field("/certificate/expires_on", ("It expires on", "屆滿日期", "届满日期")),
    Field("/registered_office", ("Registered office", "註冊辦事處", "注册办事处")),
    Field("/contact_phone", ("Telephone", "聯絡電話", "联络电话")),
)

STATUSES: Mapping[str, Text] = {
    "ok": ("from the register", "來自登記冊", "来自登记册"),
    "stale": (
        "from the register, may be out of date",
        "來自登記冊,或已過時",
        "来自登记册,可能已过时",
    ),
    "empty": ("the register holds nothing", "登記冊沒有此項資料", "登记册没有此项资料"),
    "unavailable": (
        "the register is not answering",
        "登記冊暫時未能連接",
        "登记册暂时无法连接",
    ),
    "timeout": ("the register is too slow today", "登記冊未能及時回應", "登记册未能及时回应"),
    "withheld": ("its owner has not agreed", "資料當事人尚未同意", "资料当事人尚未同意"),
    "skipped": ("the company did not agree to send it", "公司不同意提供", "公司不同意提供"),
}
SOURCES: Mapping[str, Text] = {
    "companies_registry": ("Companies Registry", "公司註冊處", "公司注册处"),
    "companies_registry_officers": ("Companies Registry", "公司註冊處", "公司注册处"),
    "business_registration": ("Inland Revenue", "稅務局", "税务局"),
}
BY_HAND: Text = ("typed by hand", "人手填寫", "人工填写")


@dataclass(frozen=True)
class Filled:
    """One field as it stands. What came from a register untouched can't be changed here."""

    field: Field
    value: str = ""
    status: str = ""  # empty: nobody asked Corp ID
    source: str = ""
    retrieved_at: str = ""  # Hong Kong time
    is_locked: bool = False

    @property
    def provenance(self) -> Text:
        return STATUSES.get(self.status, BY_HAND)

    @property
    def register(self) -> Text:
        return SOURCES.get(self.source, (self.source, self.source, self.source))


def by_hand() -> tuple[Filled, ...]:
    return tuple(Filled(field) for field in FIELDS)


def from_result(result: Mapping[str, Any]) -> tuple[Filled, ...]:
    """Read Corp ID's result: the values, and of each field where it comes from."""
    told = result["fields"]
    return tuple(_filled(field, result["filled"], told.get(field.pointer)) for field in FIELDS)


def typed(filled: tuple[Filled, ...], form: Mapping[str, str]) -> tuple[Filled, ...]:
    """Take what was typed. A locked field keeps its value, whatever the browser sent."""
    return tuple(
        each
        if each.is_locked
        else Filled(each.field, form.get(each.field.name, each.value).strip()[:1000])
        for each in filled
    )


def _filled(field: Field, values: Mapping[str, Any], told: Mapping[str, Any] | None) -> Filled:
    if told is None:
        return Filled(field)
    value: Any = values
    for step in field.pointer.strip("/").split("/"):
        value = value.get(step, "") if isinstance(value, Mapping) else ""
    return Filled(
        field=field,
        value=str(value),
        status=told["status"],
        source=told["source"] or "",
        retrieved_at=_in_hong_kong(told["retrieved_at"]),
        is_locked=not told["editable"],
    )


def _in_hong_kong(moment: str | None) -> str:
    if not moment:
        return ""
    return f"{datetime.fromisoformat(moment).astimezone(_HONG_KONG):%Y-%m-%d %H:%M}"
