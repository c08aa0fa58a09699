"""The form on paper, signed by the company and checked.

1. `/paper` is the form as a PDF.
2. `/sign` has the company sign it: its own rule says who must; `/signing` waits for them.
3. `/receipt` has the signed PDF judged, files it, and tells Corp ID that it is filed.
"""

import base64
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from corp_id import JSON, CorpIDRefused, SignedIn
from small_web import Request, Response, Text, button, page, redirect, safe

from department.desk import (
    OWNER,
    TITLE,
    application,
    corp_id,
    filled_so_far,
    place,
    problem,
)

UNDER_WAY = {"draft", "waiting", "sealing"}
STATUSES: dict[str, Text] = {
    "waiting": ("waiting for signatures", "等候簽署", "等候签署"),
    "sealing": ("being signed and sealed", "正在簽署及蓋印", "正在签署并盖章"),
    "declined": ("the company declined", "公司拒絕簽署", "公司拒绝签署"),
    "withdrawn": ("withdrawn", "已撤回", "已撤回"),
    "expired": ("out of time", "已逾時", "已超时"),
    "cannot_be_completed": ("can't be completed", "無法完成", "无法完成"),
    "failed": ("failed", "未能完成", "未能完成"),
}


class NotJudged(Exception):
    """Corp ID gave no verdict and won't give one: the file must be sent again."""


@dataclass(frozen=True)
class Checked:
    """The verdict in plain words, and the file it is about."""

    level: str  # green, amber, red, unreadable
    sentence: str
    pdf: bytes

    @property
    def holds(self) -> bool:
        return self.level == "green"


# -- 1 -----------------------------------------------------------------------------------------


@application.route("GET", "/paper")
def paper(request: Request) -> Response:
    if "paper" not in request.session.kept:
        return redirect("/form")
    read = request.say(("Read the form (PDF)", "閱讀表格(PDF)", "阅读表格(PDF)"))
    change = request.say(("Change", "更改", "更改"))
    body = f"""<p><a href="/paper.pdf">{safe(read)}</a></p>{_how_to_sign(request)}
<a class="button quiet" href="/form">{safe(change)}</a>"""
    title: Text = ("Your form", "你的表格", "你的表格")
    return page(request, owner=OWNER, title=title, body=body)


def _how_to_sign(request: Request) -> str:
    if isinstance(request.session.kept.get("signed_in"), SignedIn):
        ask: Text = ("Have it signed with Corp ID", "以 Corp ID 簽署", "以 Corp ID 签署")
        return button(request, "/sign", ask)
    by_hand = request.say(
        (
            "Print it, sign it, and bring it to the counter.",
            "請列印、簽署並交到櫃位。",
            "请打印、签署并交到柜台。",
        )
    )
    return f"<p>{safe(by_hand)}</p>"


@application.route("GET", "/paper.pdf")
def paper_file(request: Request) -> Response:
    kept = request.session.kept.get("paper")
    return Response(kept, kind="application/pdf") if kept else redirect("/form")


# -- 2 -----------------------------------------------------------------------------------------


@application.route("POST", "/sign")
def sign(request: Request) -> Response:
    signed_in = request.session.kept.get("signed_in")
    paper = request.session.kept.get("paper")
    if not isinstance(signed_in, SignedIn) or paper is None:
        return redirect("/")
    try:
        asked = corp_id.call(
            "POST",
            "/api/v1/signature-requests",
            corp_id.own_token("sign"),
            json={
                "company": signed_in.claims["corp"]["ubi"],
                "title": TITLE[0],
                "document_class": "filing",
                "addressee": "government",
                "resume_uri": f"{place.address}/signing",
                "documents": [
                    {"file_name": "form.pdf", "content": base64.b64encode(paper).decode()}
                ],
            },
        )
    except CorpIDRefused as refused:
        return problem(request, refused)
    request.session.kept["signing"] = asked
    request.session.kept.pop("checked", None)
    return redirect(asked["links"]["approve"])


@application.route("GET", "/signing")
def wait_for_signatures(request: Request) -> Response:
    asked = request.session.kept.get("signing")
    if asked is None:
        return redirect("/paper")
    try:
        now = corp_id.call("GET", _path_of(asked), corp_id.own_token("sign"))
    except CorpIDRefused as refused:
        return problem(request, refused)
    if now["status"] == "complete":
        return redirect("/receipt")
    text = request.say(
        (
            "Corp ID tells the people who must sign. This page follows by itself.",
            "Corp ID 會通知須簽署的人士,本頁會自動更新。",
            "Corp ID 会通知须签署的人士,本页会自动更新。",
        )
    )
    status, rule = now["status"], now["rule"]
    words = request.say(STATUSES.get(status, (status, status, status)))
    there = request.say(("Open it in Corp ID", "在 Corp ID 開啟", "在 Corp ID 打开"))
    body = f"""<p role="status" data-status="{safe(status)}">{safe(words)}
({safe(rule["have"])}/{safe(rule["needed"])})</p>
<p>{safe(text)}</p><p><a href="{safe(asked["links"]["sign"])}">{safe(there)}</a></p>"""
    title: Text = ("Waiting for signatures", "等候簽署", "等候签署")
    return page(request, owner=OWNER, title=title, body=body, refresh=status in UNDER_WAY)


def _path_of(asked: JSON) -> str:
    return f"/api/v1/signature-requests/{asked['id']}"


# -- 3 -----------------------------------------------------------------------------------------


@application.route("GET", "/receipt")
def receipt(request: Request) -> Response:
    kept = request.session.kept
    if "signing" not in kept:
        return redirect("/paper")
    try:
        checked = kept.get("checked") or _check(request, kept["signing"])
        kept["checked"] = checked
        if checked.holds and "filed" not in kept:
            kept["filed"] = _file(request)
    except CorpIDRefused as refused:
        return problem(request, refused)
    except NotJudged:
        return _not_judged(request)
    download = request.say(("Signed form (PDF)", "已簽署表格(PDF)", "已签署表格(PDF)"))
    filed_as = request.say(("Filed as", "檔案編號", "档案编号"))
    filed = f"<p>{safe(filed_as)} {safe(kept['filed'])}</p>" if checked.holds else ""
    mark = "good" if checked.holds else "bad"
    body = f"""<p class="{mark}" data-level="{safe(checked.level)}">
{safe(checked.sentence)}</p>{filed}<p><a href="/signed.pdf">{safe(download)}</a></p>"""
    title: Text = ("Received", "已收妥", "已收妥") if checked.holds else TITLE
    return page(request, owner=OWNER, title=title, body=body)


def _not_judged(request: Request) -> Response:
    """Nothing is filed without a verdict; the signed PDF waits in Corp ID."""
    words = request.say(
        (
            "Corp ID could not check the signed form just now. Nothing is lost.",
            "Corp ID 暫時未能查核已簽署的表格。資料並無遺失。",
            "Corp ID 暂时未能核验已签署的表格。资料没有丢失。",
        )
    )
    again = request.say(("Check again", "再次查核", "再次核验"))
    body = f"""<p class="warn" data-status="failed">{safe(words)}</p>
<a class="button" href="/receipt">{safe(again)}</a>"""
    title: Text = ("Not checked yet", "尚未查核", "尚未核验")
    return page(request, owner=OWNER, title=title, body=body)


def _check(request: Request, asked: JSON) -> Checked:
    """Fetch the signed PDF and have it judged: anybody may ask that of any PDF."""
    path = f"{_path_of(asked)}/documents/1"
    pdf = corp_id.fetch("GET", path, corp_id.own_token("sign")).content
    verdict = corp_id.call(
        "POST",
        "/api/v1/verifications",
        json={"file_name": "form.pdf", "content": base64.b64encode(pdf).decode()},
        headers={"Prefer": "wait=10", "Accept-Language": request.session.language},
    )
    while verdict["status"] == "queued":
        time.sleep(1)
        verdict = corp_id.call("GET", f"/api/v1/verifications/{verdict['id']}")
    if verdict["status"] != "done":
        raise NotJudged(verdict["id"])
    return Checked(verdict["level"], verdict["sentence"], pdf)


def _file(request: Request) -> str:
    """File the form here, then tell Corp ID: until then it says "sent, not yet filed"."""
    number = f"BRD-{secrets.token_hex(4).upper()}"
    reference = request.session.kept.get("prefill")
    was_filled = any(each.status for each in filled_so_far(request))
    if reference and was_filled:
        corp_id.call(
            "POST",
            f"/api/v1/prefill/requests/{reference}/outcome",
            corp_id.own_token("prefill"),
            json={
                "outcome": "filed",
                "reference": number,
                "accepted_at": datetime.now(tz=UTC).isoformat(),
            },
        )
    return number


@application.route("GET", "/signed.pdf")
def signed_file(request: Request) -> Response:
    checked = request.session.kept.get("checked")
    return Response(checked.pdf, kind="application/pdf") if checked else redirect("/paper")
