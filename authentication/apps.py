"""Django's registration of the app."""

from datetime import datetime
from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from corpid.meters.expiring import oldest_due, register_expiring
from corpid.operations.preparation import register_preparation
from corpid.restores.endings import register_ending


class AuthenticationConfig(AppConfig):
    name = "authentication"
    label = "authentication"
    # Those that this app's doors ask for, in the words of the consent screen.
    oauth_scopes = {
        "openid": _("who you act for, and in which capacity"),
        "companies": _("the list of all companies that you may act for"),
        "authority": _("whether you may do a certain thing for the company, also later"),
    }

    def ready(self) -> None:
        _register_expiring()
        powers = import_module("authentication.powers")  # models load after apps
        powers.register_powers(powers.POWERS)
        _answer_for_recipients()
        register_ending("sessions and grants", _end_everything)
        _name_clients()
        register_preparation("powers of Corp ID itself", _establish_catalogue)
        register_preparation("key of the OpenID Provider", _establish_key)


def _answer_for_recipients() -> None:
    """Answer to corpid.notices, which lies below, for e-services and persons."""
    from authentication.services.find_reader import find_reader  # noqa: PLC0415  models load after apps
    from authentication.services.may_be_told import may_be_told  # noqa: PLC0415  models load after apps
    from corpid.notices.recipients import register_recipients  # noqa: PLC0415  as above

    register_recipients(
        may_receive=lambda e_service_id, at: may_be_told(e_service_id=e_service_id, at=at),
        find_reader=lambda person_id: find_reader(person_id=person_id),
    )


def _name_clients() -> None:
    """Tell corpid.operations, which lies below, whose sign-in can be switched off."""
    from authentication.models import EService  # noqa: PLC0415  as above
    from corpid.operations.clients import register_clients  # noqa: PLC0415  models load after apps

    register_clients(
        lambda: dict(EService.objects.order_by("slug").values_list("client_id", "slug"))
    )


def _establish_catalogue(_at: datetime) -> None:
    from authentication.powers import POWERS  # noqa: PLC0415  models load after apps
    from authentication.services.establish_catalogue import (  # noqa: PLC0415  as above
        establish_catalogue,
    )

    establish_catalogue(powers=POWERS)


def _establish_key(at: datetime) -> None:
    from corpid.keys.models import Algorithm, Purpose  # noqa: PLC0415  models load after apps
    from corpid.keys.services.ensure_key import ensure_key  # noqa: PLC0415  as above

    ensure_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=at)


def _end_everything(at: datetime) -> int:
    from authentication.services.end_everything import (  # noqa: PLC0415  models load after apps
        end_everything,
    )

    return end_everything(at=at)


def _register_expiring() -> None:
    from django.contrib.sessions.models import Session  # noqa: PLC0415  models load after apps

    from authentication.models import (  # noqa: PLC0415  as above
        BrowserSession,
        LimitUse,
        PushedRequest,
        RevokedAccessToken,
    )
    from authentication.services import (  # noqa: PLC0415  as above
        end_unused_sessions,
        forget_reservations,
    )
    from authentication.services.openid import (  # noqa: PLC0415  as above
        forget_requests,
        forget_revoked_tokens,
    )

    register_expiring(
        "session_cookies", lambda at: oldest_due(Session.objects, "expire_date", at=at)
    )
    register_expiring(
        "unused_sessions",
        lambda at: oldest_due(
            BrowserSession.objects.open(),
            "seen_at",
            at=at,
            kept_for=end_unused_sessions.UNUSED_FOR,
        ),
    )
    register_expiring(
        "long_sessions",
        lambda at: oldest_due(
            BrowserSession.objects.open(),
            "started_at",
            at=at,
            kept_for=end_unused_sessions.IN_ANY_CASE,
        ),
    )
    register_expiring(
        "pushed_requests",
        lambda at: oldest_due(
            PushedRequest.objects,
            "expires_at",
            at=at,
            kept_for=forget_requests.KEPT_AFTER_EXPIRY,
        ),
    )
    register_expiring(
        "revoked_access_tokens",
        lambda at: oldest_due(
            RevokedAccessToken.objects,
            "expires_at",
            at=at,
            kept_for=forget_revoked_tokens.KEPT_AFTER_EXPIRY,
        ),
    )
    register_expiring(
        "reservations",
        lambda at: oldest_due(LimitUse.objects.overdue(at=at), "expires_at", at=at),
    )
    register_expiring(
        "ended_reservations",
        lambda at: oldest_due(
            LimitUse.objects.without_effect(),
            "ended_at",
            at=at,
            kept_for=forget_reservations.KEPT_FOR,
        ),
    )
