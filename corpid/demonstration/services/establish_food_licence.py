"""Describe the food licence, as a department of the demonstration issues it.

Food Business Regulation (Cap. 132X), section 31: the licence names its holder, the premises
and its conditions, and is kept on the premises.
"""

from datetime import datetime
from typing import Any

from authentication.models import EService
from credentials.models import CredentialType
from credentials.services.approve_credential_type import approve_credential_type
from credentials.services.define_credential_type import define_credential_type

FOOD_LICENCE = "food-licence"


def _words(en: str, tc: str, sc: str, *, member: str) -> list[dict[str, str]]:
    texts = {"en": en, "zh-Hant": tc, "zh-Hans": sc}
    return [{"locale": locale, member: text} for locale, text in texts.items()]


def _claim(
    path: list[str | None], en: str, tc: str, sc: str, *, mandatory: bool = False
) -> dict[str, Any]:
    return {
        "path": path,
        "display": _words(en, tc, sc, member="label"),
        "mandatory": mandatory,
        "sd": "always",
    }


_NAMES = _words("Food business licence", "食物業牌照", "食物业牌照", member="name")
_DESCRIPTIONS = {
    "en": "Permission to run a food business at one place (Cap. 132X).",
    "zh-Hant": "准許在指定處所經營食物業(第132X章)。",
    "zh-Hans": "准许在指定处所经营食物业(第132X章)。",
}
METADATA: dict[str, Any] = {
    "display": [{**entry, "description": _DESCRIPTIONS[entry["locale"]]} for entry in _NAMES],
    "claims": [
        _claim(["licence_number"], "Licence no.", "牌照號碼", "牌照号码", mandatory=True),
        _claim(["kind"], "Kind of licence", "牌照類別", "牌照类别"),
        _claim(["holder"], "Licensee", "持牌人", "持牌人", mandatory=True),
        _claim(["holder", "ubi"], "Business no.", "商業登記號碼", "商业登记号码"),
        _claim(["holder", "name_en"], "Name in English", "英文名稱", "英文名称"),
        _claim(["holder", "name_tc"], "Name in Chinese", "中文名稱", "中文名称"),
        _claim(["premises"], "Premises", "處所", "处所", mandatory=True),
        _claim(["premises", "name"], "Shop sign", "店號", "店号"),
        _claim(["premises", "address_en"], "Address in English", "英文地址", "英文地址"),
        _claim(["premises", "address_tc"], "Address in Chinese", "中文地址", "中文地址"),
        _claim(["conditions", None], "Condition", "發牌條件", "发牌条件"),
    ],
}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 500}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["licence_number", "holder", "premises"],
    "properties": {
        "licence_number": {"type": "string", "pattern": "^[0-9]{10}$"},
        "kind": _TEXT,
        "holder": {
            "type": "object",
            "required": ["ubi"],
            "additionalProperties": False,
            "properties": {"ubi": _TEXT, "name_en": _TEXT, "name_tc": _TEXT},
        },
        "premises": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {"name": _TEXT, "address_en": _TEXT, "address_tc": _TEXT},
        },
        "conditions": {"type": "array", "maxItems": 50, "items": _TEXT},
    },
}


def establish_food_licence(*, issuer: EService, at: datetime) -> CredentialType:
    """Return the approved type, describing it if it is not there yet."""
    found = CredentialType.objects.filter(slug=FOOD_LICENCE).first()
    if found is not None:
        return found
    credential_type = define_credential_type(
        issuer=issuer,
        slug=FOOD_LICENCE,
        metadata=METADATA,
        schema=SCHEMA,
        sensitivity=CredentialType.Sensitivity.LICENCE,
        is_per_premises=True,
        at=at,
    )
    approve_credential_type(credential_type=credential_type, actor="system", at=at)
    return credential_type
