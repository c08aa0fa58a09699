"""A department issues a credential to a company; it lands in its wallet, or is held for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from django.db import IntegrityError, transaction

from authentication.models import Company, EService
from corpid.business_identifier import parse_business_identifier
from corpid.errors import Conflict, FieldError, Invalid, NotAllowed, gettext_noop
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from corpid.protocols.json_pointer import json_pointer
from corpid.protocols.json_schema import compile_trusted
from credentials.models import Credential, CredentialState, CredentialType
from credentials.services.define_credential_type import CONTROLLED
from credentials.services.land_credential import land_credential
from credentials.services.record_credential_event import record_credential_event
from credentials.services.seal_version import seal_version


class TypeNotYours(NotAllowed):
    code = "credential_type_not_yours"
    title = gettext_noop("This type of credential is not yours to issue.")
    remedy = gettext_noop("Issue types that you defined and that were approved.")


class ClaimsDoNotFit(Invalid):
    code = "credential_claims_do_not_fit"
    title = gettext_noop("The claims do not fit the type of credential.")
    remedy = gettext_noop("Correct the fields listed under errors and send it again.")


class DatesDoNotFit(Invalid):
    code = "credential_dates_do_not_fit"
    title = gettext_noop("The credential would never be in force.")
    remedy = gettext_noop("Let it end after it starts, and later than now.")


class ReferenceTaken(Conflict):
    code = "external_reference_taken"
    title = gettext_noop("You issued a credential with this reference before.")
    remedy = gettext_noop("Use a new reference, or revoke the other credential first.")


@transaction.atomic
def issue_credential(
    *,
    issuer: EService,
    credential_type: CredentialType,
    ubi: str,
    claims: Mapping[str, Any],
    valid_from: datetime,
    expires_at: datetime,
    at: datetime,
    premises: Mapping[str, str] | None = None,
    external_ref: str = "",
) -> Credential:
    """Issue to the business with this UBI.

    A company that uses Corp ID has it at once; for any other it is held until it claims it.
    `premises` are named by `geocode`, `address_en` or `address_tc`, with an optional `name`.
    Raises TypeNotYours, DatesDoNotFit, ClaimsDoNotFit, ReferenceTaken, IssuingSwitchedOff.
    """
    require_function(SwitchedFunction.ISSUING)
    if credential_type.issuer_id != issuer.id or (
        credential_type.status != CredentialType.Status.APPROVED
    ):
        raise TypeNotYours(credential_type.slug)
    if not valid_from < expires_at or expires_at <= at:
        raise DatesDoNotFit
    holder_ubi = parse_business_identifier(ubi).text
    _require_claims(credential_type, claims, holder_ubi, premises)
    company = Company.objects.filter(ubi=holder_ubi).first()
    credential = Credential(
        type=credential_type,
        issuer=issuer,
        holder_ubi=holder_ubi,
        company=company,
        state=CredentialState.HELD,
        external_ref=external_ref,
        valid_from=valid_from,
        expires_at=expires_at,
        created_at=at,
        changed_at=at,
    )
    try:
        with transaction.atomic():
            credential.save(force_insert=True)
    except IntegrityError as error:
        raise ReferenceTaken(external_ref) from error
    body = orjson.dumps({"claims": claims, "premises": premises})
    if company is None or company.enrolled_at is None:
        seal_version(credential=credential, body=body, seal_scope=f"issuer:{issuer.id}", at=at)
        record_credential_event(
            kind="credentials.credential.held", credential=credential, at=at
        )
        return credential
    land_credential(
        credential=credential, company=company, claims=claims, premises=premises, at=at
    )
    return credential


def _require_claims(
    credential_type: CredentialType,
    claims: Mapping[str, Any],
    holder_ubi: str,
    premises: Mapping[str, str] | None,
) -> None:
    metadata = credential_type.read_metadata()
    errors = [
        FieldError(json_pointer("claims", name), "unknown_claim", "")
        for name in metadata.unknown(claims)
    ]
    errors += [
        FieldError(json_pointer("claims", name), "claim_not_yours", "")
        for name in sorted(CONTROLLED & claims.keys())
    ]
    errors += [
        FieldError(json_pointer("claims", *map(_step, path)), "missing", "")
        for path in metadata.missing(claims)
    ]
    if credential_type.schema is not None:
        validator = compile_trusted(credential_type.schema)
        errors += [
            FieldError(json_pointer("claims", *error.instance_path), "schema", "")
            for error in validator.iter_errors(dict(claims))
        ]
    holder = claims.get("holder")
    if isinstance(holder, Mapping) and holder.get("ubi", holder_ubi) != holder_ubi:
        errors.append(FieldError("/claims/holder/ubi", "another_company", ""))
    if credential_type.is_per_premises and not premises:
        errors.append(FieldError("/premises", "missing", ""))
    if errors:
        raise ClaimsDoNotFit(field_errors=errors)


def _step(step: str | int | None) -> str | int:
    """Write SD-JWT VC's null (each element of an array) as JSON Pointer's element to come."""
    return "-" if step is None else step
