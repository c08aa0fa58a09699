"""`/oauth/authorize`: the person signs in, chooses a company and agrees, or does not.

At the FAPI issuer the browser brings `client_id` and `request_uri`; all else was pushed before
(FAPI 2.0 Security Profile, 5.3.2.2). Answers go back by 303, never 307 (RFC 9700, 4.12).

The one page whose GET may have an effect: RFC 6749, section 3.1, demands that GET work, also
where there is nothing left to ask (agreed to before, or `prompt=none`), and then it answers the
request that the e-service pushed, once. HEAD is refused: it would use a request up unseen.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import (
    get_language,
    get_supported_language_variant,
    gettext,
)
from django.views.decorators.http import require_http_methods

from authentication.oidc.authorization_response import answer_uri
from authentication.oidc.oauth_errors import (
    AccessDenied,
    AccountSelectionRequired,
    ConsentRequired,
    InvalidRequest,
    LoginRequired,
    UnmetAuthenticationRequirements,
    description_of,
)
from authentication.oidc.parameters import read_pairs
from authentication.services.end_sessions import end_sessions
from authentication.services.openid.approve_sign_in import approve_sign_in
from authentication.services.openid.deny_sign_in import deny_sign_in
from authentication.services.openid.describe_representation import describe_representation
from authentication.services.openid.open_request import OpenedRequest, open_request
from authentication.services.openid.share_claims import PortalSignIn, Shared, share_claims
from authentication.web.acting import PageRequest
from authentication.web.next_page import detour
from authentication.web.pending_sign_ins import (
    SESSION_KEY as PENDING_KEY,
)
from authentication.web.pending_sign_ins import (
    Pending,
    forget_request,
    knows_request,
    note_choice,
    remember_request,
)
from authentication.web.session_limits import SESSION_ID, SIGNED_IN_AT
from corpid.errors import CorpIDError, NotAllowed

_SEE_OTHER = 303
_TWO_FACTORS = 2


@require_http_methods(["GET", "POST"])
def authorize(request: PageRequest) -> HttpResponse:
    now = timezone.now()
    parameters = _parameters(request)
    request_uri = parameters["request_uri"]
    opened = open_request(
        client_id=parameters["client_id"],
        request_uri=request_uri,
        knows_it=knows_request(request, request_uri),
        at=now,
    )
    pending = remember_request(request, request_uri, opened, at=now)
    language = _language_wished(request, opened)
    try:
        if request.method == "POST":
            response = _decide(request, opened, pending, now)
        else:
            response = _ask(request, opened, pending, now)
    except _SENT_BACK as error:
        return _send_back(request, opened, pending, error, now)
    if language is not None:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


# What the e-service itself can act upon; every other failure is told to the person alone.
_SENT_BACK = (
    AccessDenied,
    AccountSelectionRequired,
    ConsentRequired,
    LoginRequired,
    UnmetAuthenticationRequirements,
)


def _language_wished(request: PageRequest, opened: OpenedRequest) -> str | None:
    """Speak the language that the e-service was read in, unless the person chose one here."""
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return None
    for locale in opened.request.ui_locales:
        try:
            language = get_supported_language_variant(locale.lower())
        except LookupError:
            continue
        translation.activate(language)
        return language
    return None


def _parameters(request: PageRequest) -> Mapping[str, str]:
    pairs = [(name, value) for name in request.GET for value in request.GET.getlist(name)]
    parameters = read_pairs(pairs)
    for name in ("client_id", "request_uri"):
        if name not in parameters:
            raise InvalidRequest(f"{name} is missing: push the request first (RFC 9126)")
    return parameters


def _ask(
    request: PageRequest, opened: OpenedRequest, pending: Pending, now: datetime
) -> HttpResponse:
    detour = _sign_in_first(request, opened, pending, now) or _choose_first(
        request, opened, pending
    )
    if detour is not None:
        return detour
    prompts = opened.request.prompts
    try:
        shared = _share(request, opened, now)
    except UnmetAuthenticationRequirements:
        raise
    except NotAllowed as error:
        if "none" in prompts:
            raise AccessDenied(error.detail) from error
        return _refusal_page(request, opened, error)
    if shared.is_agreed and "consent" not in prompts:
        return _approve(request, opened, pending, shared.digest, now)
    if "none" in prompts:
        raise ConsentRequired
    return _consent_page(request, opened, shared)


def _decide(
    request: PageRequest, opened: OpenedRequest, pending: Pending, now: datetime
) -> HttpResponse:
    if request.POST.get("decision") != "approve":
        raise AccessDenied("the person said no")
    if request.person is None or request.acting is None:
        return _ask(request, opened, pending, now)
    return _approve(request, opened, pending, request.POST.get("seen", ""), now)


def _sign_in_first(
    request: PageRequest, opened: OpenedRequest, pending: Pending, now: datetime
) -> HttpResponse | None:
    is_signed_in = request.person is not None
    if is_signed_in and not _must_sign_in_again(request, opened, pending, now):
        return None
    if "none" in opened.request.prompts:
        raise LoginRequired
    if is_signed_in:
        _sign_out_but_remember(request, now)
    return detour("sign_in", back=request.get_full_path())


def _sign_out_but_remember(request: PageRequest, now: datetime) -> None:
    assert request.person is not None  # noqa: S101  the caller asked
    account = request.person.account
    assert account is not None  # noqa: S101  a person without one can't be signed in
    session_id = portal_sign_in(request).browser_session_id
    end_sessions(account=account, only=session_id, keep_grants=True, at=now)
    pending = request.session[PENDING_KEY]
    logout(request)
    request.session[PENDING_KEY] = pending


def _must_sign_in_again(
    request: PageRequest, opened: OpenedRequest, pending: Pending, now: datetime
) -> bool:
    signed_in_at = portal_sign_in(request).at
    if signed_in_at.timestamp() >= pending.came_at:  # for this very request
        return False
    max_age = opened.request.max_age
    is_too_old = max_age is not None and now - signed_in_at > timedelta(seconds=max_age)
    return is_too_old or "login" in opened.request.prompts


def _choose_first(
    request: PageRequest, opened: OpenedRequest, pending: Pending
) -> HttpResponse | None:
    wants_choice = "select_account" in opened.request.prompts and not pending.chose
    if request.acting is not None and not wants_choice:
        return None
    if "none" in opened.request.prompts:
        raise AccountSelectionRequired
    note_choice(request, pending)
    return detour("choose_company", back=request.get_full_path())


def portal_sign_in(request: PageRequest) -> PortalSignIn:
    """Read how this browser signed in, as the sign-in page noted it in the session."""
    return PortalSignIn(
        browser_session_id=UUID(request.session[SESSION_ID]),
        level=_TWO_FACTORS,
        methods=("pwd", "otp", "mfa"),  # RFC 8176
        at=datetime.fromisoformat(request.session[SIGNED_IN_AT]).astimezone(UTC),
    )


def _share(request: PageRequest, opened: OpenedRequest, now: datetime) -> Shared:
    assert request.person is not None  # noqa: S101  _sign_in_first went before
    assert request.acting is not None  # noqa: S101  _choose_first went before
    return share_claims(
        opened=opened,
        person=request.person,
        company=request.acting.company,
        sign_in=portal_sign_in(request),
        at=now,
    )


def _approve(
    request: PageRequest, opened: OpenedRequest, pending: Pending, digest: str, now: datetime
) -> HttpResponse:
    assert request.person is not None  # noqa: S101  asked by both callers
    assert request.acting is not None  # noqa: S101  asked by both callers
    code = approve_sign_in(
        opened=opened,
        person=request.person,
        company=request.acting.company,
        sign_in=portal_sign_in(request),
        seen_digest=digest,
        at=now,
    )
    return _leave(request, opened, pending, {"code": code})


def _send_back(
    request: PageRequest,
    opened: OpenedRequest,
    pending: Pending,
    error: CorpIDError,
    now: datetime,
) -> HttpResponse:
    deny_sign_in(opened=opened, person=request.person, at=now)
    members = {"error": error.oauth_error or "", "error_description": description_of(error)}
    return _leave(request, opened, pending, members)


def _leave(
    request: PageRequest, opened: OpenedRequest, pending: Pending, members: Mapping[str, str]
) -> HttpResponse:
    forget_request(request, pending.reference)
    uri = answer_uri(opened.request, issuer=settings.BASE_URL, **members)
    return HttpResponseRedirect(uri, status=_SEE_OTHER)


def _consent_page(request: PageRequest, opened: OpenedRequest, shared: Shared) -> HttpResponse:
    language = get_language() or "en"
    assert request.person is not None  # noqa: S101  the caller asked
    context = _e_service_context(opened, language) | {
        "sentence": describe_representation(
            person=request.person, represented=shared.represented, language=language
        ),
        "represented": shared.represented,
        "scopes": _scopes_in_words(opened),
        "tells_person": "person_sub"
        in opened.request.id_token_claims | opened.request.userinfo_claims,
        "digest": shared.digest,
    }
    return render(request, "authentication/authorize.html", context)


def _refusal_page(
    request: PageRequest, opened: OpenedRequest, error: NotAllowed
) -> HttpResponse:
    context = _e_service_context(opened, get_language() or "en") | {
        "title": gettext(error.title),
        "remedy": gettext(error.remedy),
    }
    return render(request, "authentication/authorize_refused.html", context, status=403)


def _e_service_context(opened: OpenedRequest, language: str) -> dict[str, object]:
    return {
        "e_service": opened.e_service.name_in(language),
        "purpose": opened.e_service.purpose_in(language),
    }


def _scopes_in_words(opened: OpenedRequest) -> list[str]:
    words = {
        scope: label
        for config in apps.get_app_configs()
        for scope, label in getattr(config, "oauth_scopes", {}).items()
    }
    return [
        str(words.get(scope, scope)) for scope in opened.request.scopes if scope != "openid"
    ]
