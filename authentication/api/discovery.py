"""The documents by which clients find everything else."""

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from authentication.api.oauth_answers import json_answer
from authentication.oidc.claims import api_resource
from authentication.oidc.metadata import provider_metadata, resource_metadata
from corpid.keys.models import Purpose
from corpid.keys.services.publish_jwks import publish_jwks
from corpid.languages import TAGS


@require_safe
def provider(_request: HttpRequest) -> HttpResponse:
    """OpenID Connect Discovery 1.0, section 4; RFC 8414, section 3."""
    return _cacheable(
        json_answer(
            provider_metadata(
                issuer=settings.BASE_URL, scopes=known_scopes(), languages=list(TAGS.values())
            )
        )
    )


@require_safe
def resource(_request: HttpRequest) -> HttpResponse:
    """RFC 9728, section 3."""
    return _cacheable(
        json_answer(
            resource_metadata(
                issuer=settings.BASE_URL,
                resource=api_resource(settings.BASE_URL),
                scopes=known_scopes(),
            )
        )
    )


@require_safe
def keys(_request: HttpRequest) -> HttpResponse:
    """RFC 7517, section 5."""
    response = _cacheable(json_answer(publish_jwks([Purpose.OP], at=timezone.now())))
    response["Content-Type"] = "application/jwk-set+json"
    return response


def known_scopes() -> list[str]:
    """Each app's AppConfig names the scopes that it brings, as `oauth_scopes`."""
    return sorted(
        {
            scope
            for config in apps.get_app_configs()
            for scope in getattr(config, "oauth_scopes", ())
        }
    )


def _cacheable(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={settings.JWKS_CACHE_SECONDS}"
    response["Access-Control-Allow-Origin"] = "*"
    return response
