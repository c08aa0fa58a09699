"""What the sandbox would have sent by e-mail."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from corpid.demonstration.mail import caught_mail, caught_mails

_SHOWN = 100


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    mails = list(caught_mails(limit=_SHOWN))
    return render(request, "demonstration/mailbox.html", {"mails": mails})


@require_safe
def mail(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    found = caught_mail(mail_id)
    if found is None:
        raise Http404
    return render(request, "demonstration/mail.html", {"mail": found})
