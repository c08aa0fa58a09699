"""Register an e-service at once: in the sandbox, where nobody has to be asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from authentication.models import EService
from authentication.oidc.redirect_uri import RedirectURINotUsable, check_registrable
from corpid.audit.services.record_event import record_event
from corpid.errors import FieldError, Invalid, gettext_noop
from corpid.identifiers import outside_id
from corpid.protocols.jwk import KeyNotUsable, read_key_set

_SLUG_LENGTH = 40


class RegistrationRefused(Invalid):
    code = "e_service_registration_refused"
    title = gettext_noop("The e-service can't be registered like this.")
    remedy = gettext_noop("Mend what is listed under errors and send it again.")


@transaction.atomic
def register_sandbox_e_service(
    *,
    name: str,
    jwks: Mapping[str, Any],
    redirect_uris: Sequence[str],
    post_logout_redirect_uris: Sequence[str],
    scopes: Sequence[str],
    known_scopes: Sequence[str],
    at: datetime,
) -> EService:
    """Register a client of the FAPI profile. Raises RegistrationRefused with every fault."""
    faults = [
        *_faults_of_keys(jwks),
        *_faults_of_redirect_uris("redirect_uris", redirect_uris),
        *_faults_of_redirect_uris("post_logout_redirect_uris", post_logout_redirect_uris),
        *_faults_of_scopes(scopes, known_scopes),
    ]
    if faults:
        raise RegistrationRefused(field_errors=faults)
    client_id = outside_id("esv")
    e_service = EService.objects.create(
        slug=f"{slugify(name)[:_SLUG_LENGTH] or 'e-service'}-{client_id[-8:]}",
        client_id=client_id,
        kind=EService.Kind.OTHER,
        name_en=name,
        name_tc=name,
        name_sc=name,
        profile=EService.Profile.FAPI2,
        jwks=dict(jwks),
        redirect_uris=list(redirect_uris),
        post_logout_redirect_uris=list(post_logout_redirect_uris),
        sector_identifier=client_id,
        scopes=list(scopes),
        status=EService.Status.ACTIVE,
    )
    record_event(
        kind="authentication.e_service.registered",
        at=at,
        actor="system",
        subject=f"e-service:{client_id}",
        facts={"scopes": tuple(scopes)},
    )
    return e_service


def _faults_of_keys(jwks: Mapping[str, Any]) -> list[FieldError]:
    try:
        if len(read_key_set(jwks)) > 0:
            return []
        detail = gettext_noop("The set holds no key for signatures.")
    except KeyNotUsable:
        detail = KeyNotUsable.remedy
    return [FieldError("/jwks", KeyNotUsable.code, detail)]


def _faults_of_redirect_uris(member: str, uris: Sequence[str]) -> list[FieldError]:
    faults = []
    for index, uri in enumerate(uris):
        try:
            check_registrable(uri)
        except RedirectURINotUsable as error:
            pointer = f"/{member}/{index}"
            faults.append(FieldError(pointer, error.code, error.remedy))
    return faults


def _faults_of_scopes(scopes: Sequence[str], known: Sequence[str]) -> list[FieldError]:
    return [
        FieldError(f"/scopes/{index}", "scope_unknown", gettext_noop("No such scope."))
        for index, scope in enumerate(scopes)
        if scope not in known
    ]
