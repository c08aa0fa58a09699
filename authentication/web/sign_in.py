"""Sign in with email, password and one-time code."""

from http import HTTPStatus

import django_otp
from django import forms
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from authentication.services.limit_tries import TooManyTries
from authentication.services.sign_in import SignedIn, SignInRefused, sign_in
from authentication.web.acting import SESSION_KEY, PageRequest
from authentication.web.next_page import safe_next
from authentication.web.session_limits import SESSION_ID, SIGNED_IN_AT
from authentication.web.visitor import remember_browser, visitor_of

_BACKEND = "django.contrib.auth.backends.ModelBackend"


class CodeField(forms.CharField):
    """A one-time code as people type it: `123 456` is the same."""

    def to_python(self, value: object) -> str:
        return "".join(str(super().to_python(value)).split())


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("Email"),
        max_length=254,
        error_messages={
            "required": gettext_lazy("Enter your email."),
            "invalid": gettext_lazy("Enter an email like name@example.com."),
        },
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=1024,
        strip=False,
        error_messages={"required": gettext_lazy("Enter your password.")},
    )
    code = CodeField(
        label=gettext_lazy("One-time code"),
        help_text=gettext_lazy("The six digits in your authenticator app."),
        max_length=12,
        error_messages={"required": gettext_lazy("Enter the one-time code.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "code")
def sign_in_page(request: PageRequest) -> HttpResponse:
    after = _after(request)
    if request.user.is_authenticated and request.method != "POST":
        return HttpResponseRedirect(after)
    form = SignInForm(request.POST or None)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return _page(request, form, status)
    email = form.cleaned_data["email"]
    try:
        signed_in = sign_in(
            **form.cleaned_data, visitor=visitor_of(request, email=email), at=timezone.now()
        )
    except SignInRefused as refused:
        form.add_error(None, f"{gettext(refused.title)} {gettext(refused.remedy)}")
        return _page(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except TooManyTries as slowed:
        return _slowed_page(request, form, slowed)
    _open(request, signed_in)
    response = HttpResponseRedirect(_way_on(signed_in, after))
    remember_browser(response, email=email)
    return response


def wait_in_words(slowed: TooManyTries) -> str:
    minutes = int(slowed.wait.total_seconds() // 60) + 1
    return ngettext(
        "Too many tries. Wait %(minutes)d minute, then try again.",
        "Too many tries. Wait %(minutes)d minutes, then try again.",
        minutes,
    ) % {"minutes": minutes}


def _after(request: HttpRequest) -> str:
    return safe_next(request, otherwise=reverse("choose_company"))


def _open(request: HttpRequest, signed_in: SignedIn) -> None:
    login(request, signed_in.account, backend=_BACKEND)  # gives the session a new key
    django_otp.login(request, signed_in.device)
    request.session[SESSION_ID] = str(signed_in.session.id)
    request.session[SIGNED_IN_AT] = signed_in.session.started_at.isoformat()
    if signed_in.acting is not None:
        request.session[SESSION_KEY] = str(signed_in.acting.company.id)


def _way_on(signed_in: SignedIn, after: str) -> str:
    """Spare a caseworker, and who acts for one company, the choice that nobody asked for."""
    if after != reverse("choose_company"):
        return after
    if signed_in.account.is_staff:
        return reverse("admin:index")
    return after if signed_in.acting is None else reverse("home")


def _page(request: HttpRequest, form: SignInForm, status: HTTPStatus) -> HttpResponse:
    context = {"form": form, "next": _after(request), "return_path": request.path}
    return render(request, "authentication/sign_in.html", context, status=status)


def _slowed_page(request: HttpRequest, form: SignInForm, slowed: TooManyTries) -> HttpResponse:
    form.add_error(None, wait_in_words(slowed))
    response = _page(request, form, HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(int(slowed.wait.total_seconds()) + 1)
    return response
