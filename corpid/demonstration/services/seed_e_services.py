"""Register the sandbox's e-services with the public halves of their keys."""

from collections.abc import Iterable, Mapping

from authentication.models import EService
from corpid.demonstration.invention.e_services import InventedEService
from corpid.demonstration.sandbox_secrets import Jwks, public_jwks


def seed_e_services(
    invented: Iterable[InventedEService], *, private_jwks: Mapping[str, Jwks]
) -> None:
    for e_service in invented:
        registered = {
            "kind": e_service.kind,
            "name_en": e_service.name.en,
            "name_tc": e_service.name.tc,
            "name_sc": e_service.name.sc,
            "purpose_en": e_service.purpose.en,
            "purpose_tc": e_service.purpose.tc,
            "purpose_sc": e_service.purpose.sc,
            "profile": EService.Profile.FAPI2,
            "jwks": public_jwks(private_jwks[e_service.slug]),
            "scopes": list(e_service.scopes),
            "redirect_uris": list(e_service.redirect_uris),
            "post_logout_redirect_uris": list(e_service.redirect_uris),
            "sector_identifier": f"{e_service.slug}.example",
            "contact_email": f"integration@{e_service.slug}.example",
        }
        EService.objects.update_or_create(
            slug=e_service.slug,
            defaults=registered,
            create_defaults={**registered, "status": EService.Status.ACTIVE},
        )
