"""The e-services of the sandbox: a bank and two departments, none of them real.

A redirect URI on loopback matches on any port in the sandbox (RFC 8252, section 7.3), so the
demonstration programs may run wherever there is room.
"""

from dataclasses import dataclass

from corpid.demonstration.invention.facts import Name

_LOOPBACK = ("http://127.0.0.1/callback",)


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedEService:
    slug: str
    kind: str
    name: Name
    purpose: Name  # why a company's staff sign in there
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...] = _LOOPBACK
    forms: tuple[str, ...] = ()  # form templates, by slug
    credential_types: tuple[str, ...] = ()  # what it issues, by slug


HARBOUR_BANK = InventedEService(
    slug="harbour-bank",
    kind="bank",
    name=Name("Harbour Bank", "海港銀行", "海港银行"),
    purpose=Name("to open a business account", "開立商業戶口", "开立商业账户"),
    scopes=("openid", "prefill", "sign", "presentations", "companies", "authority", "events"),
    forms=("business-account-opening",),
)
BUSINESS_REGISTRY = InventedEService(
    slug="business-registry",
    kind="department",
    name=Name("Business Registry Department", "商業登記處", "商业登记处"),
    purpose=Name("to renew a business registration", "辦理商業登記續期", "办理商业登记续期"),
    scopes=("openid", "prefill", "sign", "companies", "authority", "events"),
    forms=("business-registration-renewal",),
)
FOOD_LICENSING = InventedEService(
    slug="food-licensing",
    kind="department",
    name=Name("Food Licensing Department", "食物牌照署", "食物牌照署"),
    purpose=Name("to apply for a food licence", "申請食物牌照", "申请食物牌照"),
    scopes=("openid", "prefill", "sign", "credentials", "companies", "authority", "events"),
    credential_types=("food-licence",),
)

E_SERVICES = (HARBOUR_BANK, BUSINESS_REGISTRY, FOOD_LICENSING)
