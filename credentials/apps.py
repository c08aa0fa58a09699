"""Django's registration of the app."""

from datetime import datetime
from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from corpid.meters.expiring import oldest_due, register_expiring
from corpid.operations.preparation import register_preparation


class CredentialsConfig(AppConfig):
    name = "credentials"
    label = "credentials"
    # Those that this app's doors ask for, in the words of the consent screen.
    oauth_scopes = {
        "credentials": _("Issue licences and change their status"),
        "presentations": _("Ask to see licences, and check them"),
    }

    def ready(self) -> None:
        """Answer to corpid.status, which lies below, for the lists of our issuers."""
        _register_expiring()
        powers = import_module("authentication.powers")  # models load after apps
        powers.register_powers(import_module("credentials.powers").POWERS)
        from corpid.status.signing import sign_lists_of  # noqa: PLC0415  models load after apps
        from credentials.models.issuer_profile import LIST_OWNER_KIND  # noqa: PLC0415  as above
        from credentials.services.sign_status_lists import (  # noqa: PLC0415  as above
            sign_status_lists,
        )

        sign_lists_of(LIST_OWNER_KIND, sign_status_lists)
        register_preparation("powers of the wallet", _establish_catalogue)
        _register_rekeying()
        _register_recheck()


def _establish_catalogue(_at: datetime) -> None:
    from authentication.services.establish_catalogue import (  # noqa: PLC0415  as above
        establish_catalogue,
    )
    from credentials.powers import POWERS  # noqa: PLC0415  as above

    establish_catalogue(powers=POWERS)


def _register_rekeying() -> None:
    """Register who replaces issuers' keys: after those of authorities, none before another."""
    from corpid.operations.rekeying import register_rekeying  # noqa: PLC0415  as above
    from credentials.services.replace_issuer_key import (  # noqa: PLC0415  as above
        replace_issuer_key,
    )

    for purpose in ("issuer", "status_list", "verifier"):
        register_rekeying(purpose, rank=1, replace_key=replace_issuer_key, keys_awaited=list)


def _register_recheck() -> None:
    from corpid.operations.rechecking import register_recheck  # noqa: PLC0415  as above
    from credentials.services.recheck_credentials import (  # noqa: PLC0415  as above
        recheck_credentials,
    )

    register_recheck("credentials", recheck_credentials)


def _register_expiring() -> None:
    from credentials.models import PresentationRequest  # noqa: PLC0415  models load after apps
    from credentials.services.forget_presentation_requests import KEPT_FOR  # noqa: PLC0415  as above

    register_expiring(
        "presentation_requests",
        lambda at: oldest_due(
            PresentationRequest.objects, "expires_at", at=at, kept_for=KEPT_FOR
        ),
    )
