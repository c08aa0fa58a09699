"""The bank's pages, in the order in which a customer meets them.

1. `/` asks for a licence; `/ask` opens a request at Corp ID (OpenID4VP).
2. `/asked` shows it as a QR code and as a link to the company's wallet, and waits.
3. `/checked` shows what was presented and whether it is in force *now*: each visit asks anew,
   so a licence that the department has revoked since is seen to be.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from corp_id import CorpIDRefused
from sandbox import read_place
from small_web import Application, Request, Response, Text, button, page, redirect, safe

OWNER: Text = ("Harbour Bank", "海港銀行", "海港银行")
PURPOSE = "To open a business account"

place = read_place("bank")
corp_id = place.client("harbour-bank")
application = Application(cookie="bank_session")

# What the bank wants to see, and no more (DCQL: OpenID4VP 1.0, section 6).
LICENCE = {
    "credentials": [
        {
            "id": "licence",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": [f"{corp_id.issuer}/credential-types/food-licence"]},
            "claims": [
                {"path": ["licence_number"]},
                {"path": ["holder", "ubi"]},
                {"path": ["premises", "name"]},
            ],
        }
    ]
}
VERDICTS: Mapping[str, tuple[str, Text]] = {
    "in_force": ("good", ("In force", "有效", "有效")),
    "suspended": (
        "warn",
        ("Suspended by the issuer", "已被發牌機構暫時吊銷", "已被发牌机构暂时吊销"),
    ),
    "revoked": ("bad", ("Revoked by the issuer", "已被發牌機構撤銷", "已被发牌机构撤销")),
    "expired": ("bad", ("Expired", "已屆滿", "已届满")),
    "not_yet_in_force": ("warn", ("Not in force yet", "尚未生效", "尚未生效")),
    "status_unknown": ("warn", ("We could not find out", "未能查明", "未能查明")),
}
CLAIMS: Mapping[str, Text] = {
    "licence_number": ("Licence number", "牌照號碼", "牌照号码"),
    "holder.ubi": ("Business number", "商業登記號碼", "商业登记号码"),
    "premises.name": ("Premises", "處所", "处所"),
}


# -- 1 -----------------------------------------------------------------------------------------


@application.route("GET", "/")
def welcome(request: Request) -> Response:
    text = request.say(
        (
            "We need to see the food licence: from the wallet, or on paper at a branch.",
            "開戶須出示食物牌照。你可由證照夾出示,或攜同紙本到分行辦理。",
            "开户须出示食物牌照。你可从证照夹出示,或带纸本到分行办理。",
        )
    )
    ask: Text = ("Show it with Corp ID", "以 Corp ID 出示", "以 Corp ID 出示")
    title: Text = ("Open a business account", "開立商業戶口", "开立商业账户")
    body = f"<p>{safe(text)}</p>{button(request, '/ask', ask)}"
    return page(request, owner=OWNER, title=title, body=body)


@application.route("POST", "/ask")
def ask(request: Request) -> Response:
    try:
        asked = corp_id.call(
            "POST",
            "/api/v1/presentation-requests",
            corp_id.own_token("presentations"),
            json={"dcql_query": LICENCE, "purpose": PURPOSE},
        )
    except CorpIDRefused as refused:
        return problem(request, refused)
    request.session.kept["asked"] = asked
    return redirect("/asked")


# -- 2 -----------------------------------------------------------------------------------------


@application.route("GET", "/asked")
def asked(request: Request) -> Response:
    asked = request.session.kept.get("asked")
    if asked is None:
        return redirect("/")
    try:
        checked = _check(asked["id"])
    except CorpIDRefused as refused:
        return problem(request, refused)
    if checked["state"] != "open":
        return redirect("/checked")
    scan = request.say(
        (
            "Scan this with your wallet, or open the wallet in this browser.",
            "請以證照夾掃描,或在此瀏覽器開啟證照夾。",
            "请以证照夹扫描,或在此浏览器打开证照夹。",
        )
    )
    there = request.say(("Open the wallet", "開啟證照夾", "打开证照夹"))
    body = f"""<p>{safe(scan)}</p>
<p><img src="/qr.svg" width="240" height="240" alt="QR"></p>
<a class="button" href="{safe(asked["wallet_link"])}">{safe(there)}</a>"""
    title: Text = ("Show your food licence", "出示食物牌照", "出示食物牌照")
    return page(request, owner=OWNER, title=title, body=body, refresh=True)


@application.route("GET", "/qr.svg")
def qr(request: Request) -> Response:
    asked = request.session.kept.get("asked")
    if asked is None:
        return redirect("/")
    return Response(asked["qr"].encode(), kind="image/svg+xml")


# -- 3 -----------------------------------------------------------------------------------------


@application.route("GET", "/checked")
def checked(request: Request) -> Response:
    asked = request.session.kept.get("asked")
    if asked is None:
        return redirect("/")
    try:
        found = _check(asked["id"])
    except CorpIDRefused as refused:
        return problem(request, refused)
    if found["state"] == "open":
        return redirect("/asked")
    title: Text = ("What we were shown", "出示結果", "出示结果")
    shown = "".join(_credential(request, each) for each in found["credentials"])
    nothing = request.say(("Nothing was shown.", "沒有出示任何證照。", "没有出示任何证照。"))
    again = request.say(("Check again", "再次查核", "再次查核"))
    at = request.say(("Checked at", "查核時間", "查核时间"))
    body = f"""{shown or f'<p class="warn">{safe(nothing)}</p>'}
<p><small>{safe(at)} {safe(found["checked_at"])}</small></p>
<a class="button quiet" href="/checked">{safe(again)}</a>"""
    return page(request, owner=OWNER, title=title, body=body)


def _check(reference: str) -> dict[str, Any]:
    path = f"/api/v1/presentation-requests/{reference}"
    return corp_id.call("GET", path, corp_id.own_token("presentations"))


def _credential(request: Request, shown: Mapping[str, Any]) -> str:
    tone, verdict = VERDICTS.get(shown["verdict"], VERDICTS["status_unknown"])
    issuer = request.say(("Issued by", "發牌機構", "发牌机构"))
    facts = "".join(
        f"<dt>{safe(request.say(CLAIMS[name]))}</dt><dd>{safe(value)}</dd>"
        for name, value in _flat(shown["claims"])
        if name in CLAIMS
    )
    return f"""<p class="{tone}" data-verdict="{safe(shown["verdict"])}">
{safe(request.say(verdict))}</p><dl><dt>{safe(issuer)}</dt><dd>{safe(shown["issuer"])}</dd>
{facts}</dl>"""


def _flat(claims: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in claims.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def problem(request: Request, refused: CorpIDRefused) -> Response:
    paper = request.say(
        (
            "Please bring the paper to a branch instead.",
            "請改為攜同紙本到分行辦理。",
            "请改为带纸本到分行办理。",
        )
    )
    body = f"""<p class="warn" data-code="{safe(refused.code)}">{safe(refused.title)}</p>
<p>{safe(paper)}</p><p><small>{safe(refused.code)} {safe(refused.trace_id)}</small></p>"""
    title: Text = ("Corp ID could not do this", "Corp ID 未能處理", "Corp ID 未能处理")
    return page(request, owner=OWNER, title=title, body=body)
