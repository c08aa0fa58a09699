"""Django's registration of the app."""

from datetime import datetime
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.apps.registry import Apps
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from corpid.meters.expiring import oldest_due, register_expiring
from corpid.operations.preparation import register_preparation


class PrefillConfig(AppConfig):
    name = "prefill"
    label = "prefill"
    # Those that this app's doors ask for, in the words of the consent screen.
    oauth_scopes = {"prefill": _("ask the company for data, item by item, for a form")}

    def ready(self) -> None:
        _register_expiring()
        powers = import_module("authentication.powers")  # models load after apps
        powers.register_powers(import_module("prefill.powers").POWERS)
        import_module("prefill.tasks")  # kinds of jobs are known where they are asked for, too
        register_preparation("powers of pre-filled forms", _establish_catalogue)
        post_migrate.connect(_publish_catalogue, sender=self)
        checks.register(check_registers, deploy=True)


def _establish_catalogue(_at: datetime) -> None:
    from authentication.services.establish_catalogue import (  # noqa: PLC0415  models load after apps
        establish_catalogue,
    )
    from prefill.powers import POWERS  # noqa: PLC0415  as above

    establish_catalogue(powers=POWERS)


def _publish_catalogue(*, apps: Apps | None = None, **_: Any) -> None:
    """Record this release's catalogue once its table stands, as Django does permissions."""
    if apps and "dataitem" not in apps.all_models["prefill"]:  # migrated backwards
        return
    publish = import_module("prefill.services.publish_catalogue").publish_catalogue
    publish(at=timezone.now())


def check_registers(**_: Any) -> list[checks.CheckMessage]:
    """Tell the operator which registers could not be asked (`manage.py check --deploy`)."""
    registers = import_module("prefill.registers.directory").registers()
    return [
        checks.Warning(missing, id="prefill.W001")
        for register in registers.values()
        for missing in register.check_configuration()
    ]


def _register_expiring() -> None:
    from prefill.models import PrefillRequest, Release  # noqa: PLC0415  models load after apps
    from prefill.models.release import REPEATABLE_FOR  # noqa: PLC0415  as above

    register_expiring(
        "prefill_questions",
        lambda at: oldest_due(
            PrefillRequest.objects.filter(state__in=PrefillRequest.BEFORE_CONSENT),
            "expires_at",
            at=at,
        ),
    )
    register_expiring(
        "prefill_values",
        lambda at: oldest_due(
            PrefillRequest.objects.filter(state__in=PrefillRequest.HOLDING_VALUES),
            "consent__expires_at",
            at=at,
        ),
    )
    register_expiring(
        "prefill_copies",
        lambda at: oldest_due(
            Release.objects.exclude(sealed=""), "released_at", at=at, kept_for=REPEATABLE_FOR
        ),
    )
