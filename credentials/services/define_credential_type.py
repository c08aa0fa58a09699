"""An issuer describes a type of credential; a caseworker approves it before it is issued."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from authentication.models import EService
from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, FieldError, Invalid, gettext_noop
from corpid.protocols.json_schema import SchemaUnusable, compile_schema
from credentials.models import CredentialType
from credentials.sd_jwt_vc import (
    NEVER_HIDDEN,
    TypeMetadata,
    TypeMetadataMalformed,
    read_type_metadata,
)

_MISSING_IN = {
    "en": gettext_noop("The text in English is missing (locale: en)."),
    "zh-Hant": gettext_noop("The text in traditional Chinese is missing (locale: zh-Hant)."),
    "zh-Hans": gettext_noop("The text in simplified Chinese is missing (locale: zh-Hans)."),
}
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?\Z")
# Claims that the service fills in; a type describes its own beside them.
CONTROLLED = NEVER_HIDDEN | {"iat", "sub", "_sd", "_sd_alg", "..."}


class TypeNotDescribed(Invalid):
    code = "credential_type_not_described"
    title = gettext_noop("The type of credential is not described well enough.")
    remedy = gettext_noop("Correct the fields listed under errors and send it again.")


class TypeNameTaken(Conflict):
    code = "credential_type_name_taken"
    title = gettext_noop("There is already a type of credential with this name.")
    remedy = gettext_noop("Choose another name; a type keeps its name for ever.")


@transaction.atomic
def define_credential_type(
    *,
    issuer: EService,
    slug: str,
    metadata: Mapping[str, Any],
    schema: Mapping[str, Any] | None,
    sensitivity: CredentialType.Sensitivity,
    is_per_premises: bool,
    at: datetime,
) -> CredentialType:
    """Write a type down as submitted; `metadata` is a type metadata document without `vct`.

    Raises TypeNotDescribed, TypeMetadataMalformed, TypeNameTaken.
    """
    if not _SLUG.match(slug):
        raise TypeNotDescribed(field_errors=[FieldError("/slug", "slug_malformed", slug)])
    credential_type = CredentialType(
        slug=slug,
        issuer=issuer,
        schema=schema,
        sensitivity=sensitivity,
        is_per_premises=is_per_premises,
        created_at=at,
    )
    described = _described({**metadata, "vct": credential_type.vct})
    _require_schema(schema)
    credential_type.metadata = described.document()
    try:
        with transaction.atomic():
            credential_type.save(force_insert=True)
    except IntegrityError as error:
        raise TypeNameTaken(slug) from error
    record_event(
        kind="credentials.type.submitted",
        at=at,
        actor=f"e-service:{issuer.client_id}",
        subject=f"credential-type:{slug}",
        facts={"version": credential_type.version, "claims": len(described.claims)},
    )
    return credential_type


def _described(document: dict[str, Any]) -> TypeMetadata:
    described = _read(document)
    errors = [
        FieldError("/metadata/display", "language_missing", _MISSING_IN[tag])
        for tag in sorted(_MISSING_IN.keys() - described.names.keys())
    ]
    for number, claim in enumerate(described.claims):
        where = f"/metadata/claims/{number}"
        if claim.path[0] in CONTROLLED or not isinstance(claim.path[0], str):
            errors.append(FieldError(where, "claim_not_yours", str(claim.path[0])))
        errors.extend(
            FieldError(f"{where}/display", "language_missing", _MISSING_IN[tag])
            for tag in sorted(_MISSING_IN.keys() - claim.labels.keys())
        )
    if not described.claims:
        errors.append(FieldError("/metadata/claims", "missing", ""))
    if errors:
        raise TypeNotDescribed(field_errors=errors)
    return described


def _read(document: dict[str, Any]) -> TypeMetadata:
    try:
        return read_type_metadata(document)
    except TypeMetadataMalformed as error:
        raise TypeMetadataMalformed(
            error.detail,
            field_errors=[
                FieldError(f"/metadata{found.pointer}", found.code, found.detail)
                for found in error.field_errors
            ],
        ) from error


def _require_schema(schema: Mapping[str, Any] | None) -> None:
    """Refuse a schema that can't be read, or that points outside itself."""
    if schema is None:
        return
    try:
        compile_schema(dict(schema))
    except SchemaUnusable as error:
        raise TypeNotDescribed(
            str(error),
            field_errors=[
                FieldError(f"/schema{fault.pointer}", fault.kind, fault.detail)
                for fault in error.faults
            ],
        ) from error
