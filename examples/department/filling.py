"""The form's pages, in the order in which an applicant meets them.

1. `/` offers Corp ID, and the same form to be filled by hand.
2. `/sign-in` sends the browser to Corp ID; `/callback` takes it back: who, for which company.
3. `/fill` asks Corp ID to fill the form; the company agrees there; `/filled` collects it.
4. `/form` shows every field with its source; what is missing is typed.
"""

from corp_id import AnswerNotTrusted, CorpIDRefused, SignedIn, SignIn
from small_web import Request, Response, Text, button, form_token, page, redirect, safe

from department import form as the_form
from department.desk import (
    OWNER,
    TITLE,
    application,
    corp_id,
    filled_so_far,
    place,
    problem,
    untrusted,
)
from department.form import Filled
from department.paper import print_form

CAPACITIES: dict[str, Text] = {
    "director": ("director", "董事", "董事"),
    "secretary": ("company secretary", "公司秘書", "公司秘书"),
    "proprietor": ("owner", "東主", "店主"),
    "partner": ("partner", "合夥人", "合伙人"),
    "member": ("member of staff", "職員", "职员"),
    "agent": ("agent", "代辦", "代办"),
}
DECLARATION = "I declare that the particulars above are true. 本人聲明上述資料均屬真確。"


# -- 1 -----------------------------------------------------------------------------------------


@application.route("GET", "/")
def welcome(request: Request) -> Response:
    text = request.say(
        (
            "With Corp ID the form arrives filled in from the registers. You can also type it.",
            "使用 Corp ID,表格會由登記冊資料自動填妥;你亦可自行填寫。",
            "使用 Corp ID,表格会由登记册资料自动填妥;你也可以自行填写。",
        )
    )
    by_hand = request.say(("Fill in by hand", "自行填寫", "自行填写"))
    health = request.say(
        ("Is Corp ID working?", "Corp ID 運作是否正常?", "Corp ID 运行是否正常?")
    )
    body = f"""<p>{safe(text)}</p>
{button(request, "/sign-in", ("Continue with Corp ID", "以 Corp ID 繼續", "以 Corp ID 继续"))}
<a class="button quiet" href="/form">{safe(by_hand)}</a>
<p><a href="{safe(corp_id.issuer)}/status">{safe(health)}</a></p>"""
    return page(request, owner=OWNER, title=TITLE, body=body)


# -- 2 -----------------------------------------------------------------------------------------


@application.route("POST", "/sign-in")
def sign_in(request: Request) -> Response:
    try:
        begun = corp_id.begin_sign_in(
            f"{place.address}/callback",
            scope="openid prefill",
            language=request.session.language,
        )
    except CorpIDRefused as refused:
        return problem(request, refused)
    request.session.kept["sign_in"] = begun
    return redirect(begun.address)


@application.route("GET", "/callback")
def callback(request: Request) -> Response:
    begun = request.session.kept.pop("sign_in", None)
    if not isinstance(begun, SignIn):
        return redirect("/")
    try:
        signed_in = corp_id.finish_sign_in(begun, dict(request.query))
    except CorpIDRefused as refused:
        return problem(request, refused)
    except AnswerNotTrusted as doubt:
        return untrusted(doubt)
    request.session.kept = {"signed_in": signed_in}  # nothing of an earlier company stays
    return redirect("/form")


# -- 3 -----------------------------------------------------------------------------------------


@application.route("POST", "/fill")
def fill(request: Request) -> Response:
    signed_in = request.session.kept.get("signed_in")
    if not isinstance(signed_in, SignedIn) or not signed_in.is_fresh:
        return sign_in(request)  # a token lives for five minutes: ask for a new one
    try:
        pushed = corp_id.call(
            "POST",
            "/api/v1/prefill/requests",
            signed_in.access_token,
            json={"form": the_form.SLUG, "resume_uri": f"{place.address}/filled"},
        )
    except CorpIDRefused as refused:
        return problem(request, refused)
    request.session.kept["prefill"] = pushed["id"]
    return redirect(pushed["consent_url"])


@application.route("GET", "/filled")
def filled(request: Request) -> Response:
    reference = request.session.kept.get("prefill")
    if reference is None:
        return redirect("/form")
    path, token = f"/api/v1/prefill/requests/{reference}", corp_id.own_token("prefill")
    try:
        status = corp_id.call("GET", path, token)["status"]
        if status in {"requested", "awaiting_consent", "awaiting_checker", "fetching"}:
            return waiting(request, reference)
        sealed = corp_id.call("GET", f"{path}/result", token)["result"]
        keys = corp_id.call("GET", "/api/v1/prefill/jwks")
        result = corp_id.open_sealed(sealed, keys=keys, kind="prefill-result+jwt")
    except CorpIDRefused as refused:
        return problem(request, refused)
    except AnswerNotTrusted as doubt:
        return untrusted(doubt)
    request.session.kept["filled"] = the_form.from_result(result)
    return redirect("/form")


def waiting(request: Request, reference: str) -> Response:
    text = request.say(
        (
            "The company has not answered yet, or the registers are being asked.",
            "公司尚未回覆,或正在向登記冊索取資料。",
            "公司尚未回复,或正在向登记册索取资料。",
        )
    )
    by_hand = request.say(("Fill in by hand instead", "改為自行填寫", "改为自行填写"))
    body = f"""<p role="status">{safe(text)}</p><p><small>{safe(reference)}</small></p>
<a class="button quiet" href="/form">{safe(by_hand)}</a>"""
    title: Text = ("Waiting for the company", "等候公司回覆", "等候公司回复")
    return page(request, owner=OWNER, title=title, body=body, refresh=True)


# -- 4 -----------------------------------------------------------------------------------------


@application.route("GET", "/form")
def show_form(request: Request) -> Response:
    fields = "".join(_input(request, each) for each in filled_so_far(request))
    next_step = request.say(("Next: read and sign", "下一步:閱讀及簽署", "下一步:阅读及签署"))
    body = f"""{_who(request)}
<form method="post" action="/form">{form_token(request)}{fields}
<button>{safe(next_step)}</button></form>"""
    return page(request, owner=OWNER, title=TITLE, body=body)


@application.route("POST", "/form")
def keep_form(request: Request) -> Response:
    request.session.kept["filled"] = the_form.typed(filled_so_far(request), request.form)
    request.session.kept["paper"] = print_form(
        title=f"{TITLE[0]} {TITLE[1]}",
        department=f"{OWNER[0]} {OWNER[1]}",
        declaration=DECLARATION,
        filled=filled_so_far(request),
    )
    return redirect("/paper")


def _who(request: Request) -> str:
    """Say for whom the applicant acts, or offer Corp ID beside the fields."""
    signed_in = request.session.kept.get("signed_in")
    if not isinstance(signed_in, SignedIn):
        label: Text = ("Fill with Corp ID", "以 Corp ID 填寫", "以 Corp ID 填写")
        return button(request, "/sign-in", label, quiet=True)
    corp, rep = signed_in.claims["corp"], signed_in.claims["rep"]
    names = corp["names"]
    name = names.get(request.session.language) or next(iter(names.values()))
    acting = request.say(("acting as", "身分:", "身份:"))
    capacity = CAPACITIES.get(rep["capacity"], (rep["capacity"],) * 3)
    ask: Text = (
        "Fetch the details from the registers",
        "向登記冊索取資料",
        "向登记册索取资料",
    )
    return f"""<p class="good">{safe(name)} · {safe(corp["ubi"])} · {safe(acting)}
{safe(request.say(capacity))}</p>{button(request, "/fill", ask)}"""


def _input(request: Request, filled: Filled) -> str:
    name, label = safe(filled.field.name), safe(request.say(filled.field.label))
    told = [request.say(filled.provenance)]
    if filled.source:
        hong_kong = request.say(("Hong Kong time", "香港時間", "香港时间"))
        told += [request.say(filled.register), f"{filled.retrieved_at} ({hong_kong})"]
    locked = " readonly" if filled.is_locked else ""
    return f"""<label for="{name}">{label}</label>
<input id="{name}" name="{name}" value="{safe(filled.value)}" aria-describedby="{name}.source"
  data-status="{safe(filled.status)}"{locked}>
<small id="{name}.source">{safe(" · ".join(told))}</small>"""
