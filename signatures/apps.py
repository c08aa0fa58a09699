"""Django's registration of the app."""

from datetime import datetime
from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from corpid.files.references import register_reference
from corpid.meters.expiring import oldest_due, register_expiring
from corpid.operations.preparation import register_preparation


class SignaturesConfig(AppConfig):
    name = "signatures"
    label = "signatures"
    # Those that this app's doors ask for, in the words of the consent screen.
    oauth_scopes = {"sign": _("Ask for signatures of the company, and fetch signed documents")}

    def ready(self) -> None:
        _register_expiring()
        powers = import_module("authentication.powers")  # models load after apps
        powers.register_powers(import_module("signatures.powers").POWERS)
        import_module("signatures.tasks")  # kinds of jobs are known where they are asked for
        register_reference("signatures.Document", "original_digest", only={"released_at": None})
        register_reference("signatures.Document", "signed_digest")
        register_preparation("powers of signing", _establish_catalogue)
        register_preparation("certification authority", _establish_pki)
        _register_rekeying()
        _register_rechecks()


def _establish_catalogue(_at: datetime) -> None:
    from authentication.services.establish_catalogue import (  # noqa: PLC0415  models load after apps
        establish_catalogue,
    )
    from signatures.powers import POWERS  # noqa: PLC0415  as above

    establish_catalogue(powers=POWERS)


def _establish_pki(at: datetime) -> None:
    from signatures.services.establish_pki import establish_pki  # noqa: PLC0415  as above

    establish_pki(at=at)


def _register_rekeying() -> None:
    """Register who replaces keys: of authorities first, then of companies, then of persons."""
    rekeying = import_module("corpid.operations.rekeying")
    replacing = import_module("signatures.services.replace_key")
    finding = import_module("signatures.services.find_awaited_keys")
    for purpose, rank in (("ocsp", 0), ("tsa", 0), ("seal", 1), ("person", 2)):
        rekeying.register_rekeying(
            purpose,
            rank=rank,
            replace_key=replacing.replace_key,
            keys_awaited=finding.find_awaited_keys,
        )


def _register_rechecks() -> None:
    """Register who looks again at what was issued and signed."""
    from corpid.operations.rechecking import register_recheck  # noqa: PLC0415  models load after apps
    from signatures.services.recheck_certificates import (  # noqa: PLC0415  as above
        recheck_certificates,
    )
    from signatures.services.recheck_documents import recheck_documents  # noqa: PLC0415  as above

    register_recheck("certificates", recheck_certificates)
    register_recheck("signed documents", recheck_documents)


def _register_expiring() -> None:
    from signatures.models import SignatureRequest, Verification  # noqa: PLC0415  models load after apps
    from signatures.models.request import UNSIGNED_KEPT  # noqa: PLC0415  as above

    register_expiring(
        "unsigned_documents",
        lambda at: oldest_due(
            SignatureRequest.objects.to_be_released(at=at),
            "ended_at",
            at=at,
            kept_for=UNSIGNED_KEPT,
        ),
    )
    register_expiring(
        "verifications", lambda at: oldest_due(Verification.objects, "keep_until", at=at)
    )
    register_expiring(
        "signature_requests",
        lambda at: oldest_due(
            SignatureRequest.objects.past_their_time(at=at), "expires_at", at=at
        ),
    )
