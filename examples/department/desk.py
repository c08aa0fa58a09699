"""What every page of the department shares: its client, its session, its words for a "no"."""

from corp_id import AnswerNotTrusted, CorpIDRefused
from sandbox import read_place
from small_web import Application, Request, Response, Text, page, redirect, safe

from department import form as the_form
from department.form import Filled

SLUG = "business-registry"
OWNER: Text = ("Business Registry Department", "商業登記處", "商业登记处")
TITLE: Text = ("Renew a business registration", "商業登記續期", "商业登记续期")

place = read_place("department")
corp_id = place.client(SLUG)
application = Application(cookie="department_session")


def filled_so_far(request: Request) -> tuple[Filled, ...]:
    kept: tuple[Filled, ...] = request.session.kept.get("filled", the_form.by_hand())
    return kept


def problem(request: Request, refused: CorpIDRefused) -> Response:
    """Show what Corp ID says; the way by hand is always open."""
    by_hand = request.say(("Fill in by hand", "自行填寫", "自行填写"))
    body = f"""<p class="warn" data-code="{safe(refused.code)}">{safe(refused.title)}
{safe(refused.remedy)}</p><p><small>{safe(refused.code)} {safe(refused.trace_id)}</small></p>
<a class="button" href="/form">{safe(by_hand)}</a>"""
    title: Text = ("Corp ID could not do this", "Corp ID 未能處理", "Corp ID 未能处理")
    return page(request, owner=OWNER, title=title, body=body)


def untrusted(doubt: AnswerNotTrusted) -> Response:
    """Refuse an answer that is not Corp ID's to us, and say so in the log."""
    print(f"answer refused: {doubt}", flush=True)
    return redirect("/")
