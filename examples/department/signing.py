"""The form on paper, for the company to sign."""

from small_web import Request, Response, Text, page, redirect, safe

from department.desk import OWNER, application


@application.route("GET", "/paper")
def paper(request: Request) -> Response:
    if "paper" not in request.session.kept:
        return redirect("/form")
    read = request.say(("Read the form (PDF)", "閱讀表格(PDF)", "阅读表格(PDF)"))
    change = request.say(("Change", "更改", "更改"))
    body = f"""<p><a href="/paper.pdf">{safe(read)}</a></p>
<a class="button quiet" href="/form">{safe(change)}</a>"""
    title: Text = ("Your form", "你的表格", "你的表格")
    return page(request, owner=OWNER, title=title, body=body)


@application.route("GET", "/paper.pdf")
def paper_file(request: Request) -> Response:
    kept = request.session.kept.get("paper")
    return Response(kept, kind="application/pdf") if kept else redirect("/form")
