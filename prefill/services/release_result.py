"""Hand the sealed values to the e-service, as often as the consent says and not once more.

1. The request is this e-service's, and has come as far as values.
2. Who agreed still may, for this company, at this very moment: the decision of check_power, so
   that what restricts the person, the company, an agent or a mandate bites here too. The
   e-service may still ask for it.
3. The same caller's repeat within a minute gets the identical answer, and counts once.
4. Consent lives at this very moment, and a use is left.
5. Signed (JWS), then encrypted to the e-service's registered key (JWE); what was sent is
   recorded by digest.
6. After the last use the data key is destroyed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from authentication.models import EService
from authentication.services.check_power import check_power
from authentication.services.find_active_e_service import find_active_e_service
from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, Gone, NotAllowed, gettext_noop
from corpid.keys.jws import sign_jwt
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.ensure_key import ensure_key
from corpid.keys.services.open_record import open_record
from corpid.keys.services.seal_record import SealedRecord
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from prefill.field_result import (
    JSON,
    FieldReason,
    FieldResult,
    FieldStatus,
    canonical,
    digest_of,
)
from prefill.mapping import FilledForm, FormFiller, read_mapping
from prefill.models import Consent, FormTemplateVersion, PrefillRequest, Release
from prefill.sealed_result import choose_encryption_key, seal
from prefill.services.find_request import find_request
from prefill.services.keep_results import SEAL_PURPOSE
from prefill.services.refuse_expired import RequestExpired, refuse_expired
from prefill.services.tell_person import SENT, tell_person

RESULT_TYPE = "prefill-result+jwt"


class ConsentPending(Conflict):
    code = "consent_pending"
    title = gettext_noop("The company has not answered yet.")
    remedy = gettext_noop("Send the browser to the request_uri, or ask again later.")


class ResultNotReady(Conflict):
    code = "result_not_ready"
    title = gettext_noop("The details are still being collected.")
    remedy = gettext_noop("Ask again in a second.")


class DeclinedByCompany(NotAllowed):
    code = "declined_by_company"
    title = gettext_noop("The company has decided to send nothing.")
    remedy = gettext_noop("Let the form be filled in by hand.")


class ConsentEnded(Gone):
    code = "consent_ended"
    title = gettext_noop("The company's consent has ended.")
    remedy = gettext_noop("Ask for a new one if the details are still needed.")


class ResultGone(Gone):
    code = "result_gone"
    title = gettext_noop("This result has been collected, and its values are destroyed.")
    remedy = gettext_noop("Make a new request if the details are still needed.")


class CompanyMayNotSend(NotAllowed):
    code = "company_may_not_send"
    title = gettext_noop("The company can't send data at present.")
    remedy = gettext_noop("Let the form be filled in by hand.")


@dataclass(frozen=True, slots=True)
class SealedRelease:
    jwe: str
    reference: str
    is_repeat: bool


@transaction.atomic
def release_result(*, reference: str, e_service_id: UUID, at: datetime) -> SealedRelease:
    """Count a use, whatever the method of the call was; a repeat within a minute counts none.

    Raises RequestNotFound, ConsentPending, ResultNotReady, DeclinedByCompany, ConsentEnded,
    ResultGone, EServiceNotActive, CompanyMayNotSend, NoEncryptionKey, RequestExpired, and
    PrefillSwitchedOff, which counts no use.
    """
    require_function(SwitchedFunction.PREFILL)
    request = find_request(reference=reference, e_service_id=e_service_id)
    request.lock()  # one caller at a time
    request = find_request(reference=reference, e_service_id=e_service_id)
    _judge_state(request, at)  # 1
    consent: Consent = request.consent
    e_service = _check_may_still(request, at)  # 2
    repeat = consent.releases.repeatable(at=at).order_by("-number").first()  # 3
    if repeat is not None:
        return SealedRelease(repeat.sealed, repeat.reference, is_repeat=True)
    if request.wrapped_data_key is None:
        raise ResultGone
    recipient = choose_encryption_key((e_service.jwks or {}).get("keys", []))
    used = (  # 4
        Consent.objects.in_force(at=at)
        .filter(pk=consent.pk, uses__lt=F("max_uses"))
        .update(uses=F("uses") + 1)
    )
    if not used:
        raise ConsentEnded
    consent.refresh_from_db(fields=["uses"])
    release = Release(
        consent=consent,
        number=consent.uses,
        released_at=at,
        recipient_kid=recipient["kid"],
    )
    claims = _claims(request, release, at)
    release.items_digest = hashlib.sha256(canonical(release.provenance)).hexdigest()
    ensure_key(purpose=Purpose.RELEASE, algorithm=Algorithm.ES256, at=at)  # 5
    signed = sign_jwt(
        purpose=Purpose.RELEASE, header={"typ": RESULT_TYPE}, claims=claims, at=at
    )
    release.sealed = seal(signed, recipient)
    release.sent_sha256 = hashlib.sha256(release.sealed.encode()).hexdigest()
    release.save(force_insert=True)
    _conclude(request, consent, release, at)  # 6
    return SealedRelease(release.sealed, release.reference, is_repeat=False)


def _judge_state(request: PrefillRequest, at: datetime) -> None:
    state, states = request.state, PrefillRequest.State
    if state == states.REFUSED:
        raise DeclinedByCompany
    if state == states.REVOKED:
        raise ConsentEnded
    if state == states.PURGED:
        raise ResultGone
    if state == states.EXPIRED:
        raise RequestExpired
    if state in PrefillRequest.BEFORE_CONSENT:
        refuse_expired(request=request, at=at)
        raise ConsentPending
    if state == states.FETCHING:
        raise ResultNotReady
    if not request.consent.is_in_force(at=at):
        raise ConsentEnded


def _check_may_still(request: PrefillRequest, at: datetime) -> EService:
    """Ask again what was asked at the consent; the reason is for the log alone.

    Whether the person left, or what is restricted and why, is not the e-service's to learn.
    """
    company, power = request.company, request.template_version.consent_power
    assert company is not None  # noqa: S101  a constraint of the table
    e_service = find_active_e_service(e_service_id=request.e_service_id, at=at, power=power)
    try:
        check_power(person=request.consent.person, company=company, power=power, at=at)
    except NotAllowed as error:
        raise CompanyMayNotSend(f"{error.code}: {error.detail}") from error
    return e_service


def _claims(request: PrefillRequest, release: Release, at: datetime) -> dict[str, Any]:
    """Write the result's claims, and the release's provenance (the same without values)."""
    version, consent = request.template_version, request.consent
    salt, values = _open(request)
    results = {
        record.item_key: FieldResult(
            status=FieldStatus(record.status),
            source=record.source,
            retrieved_at=record.retrieved_at,
            value=values.get(record.item_key),
            reason=FieldReason(record.reason),
            source_updated_at=record.source_updated_at,
            from_cache=record.from_cache,
        )
        for record in request.fields.all()
    }
    filled = _filler(version.id).fill(results)
    fields = _fields(version, filled, salt)
    release.provenance = fields
    company = request.company
    assert company is not None  # noqa: S101  a constraint of the table
    return {
        "iss": settings.BASE_URL,
        "aud": request.e_service.client_id,
        "iat": int(at.timestamp()),
        "jti": release.reference,
        "request": request.reference,
        "consent": consent.reference,
        "form": {"slug": version.template.slug, "version": version.number},
        "company": {"ubi": company.ubi},
        "purpose": version.purpose_en,
        "delete_by": (at + timedelta(days=version.retention_days)).date().isoformat(),
        "filled": filled.form,
        "fields": fields,
        "digest": {"method": "sha-256(salt || canonical JSON)", "salt": salt.hex()},
    }


def _open(request: PrefillRequest) -> tuple[bytes, Mapping[str, JSON]]:
    assert request.wrapped_data_key is not None  # noqa: S101  the caller has looked
    assert request.sealed_values is not None  # noqa: S101  a constraint of the table
    sealed = SealedRecord(bytes(request.wrapped_data_key), bytes(request.sealed_values))
    opened = json.loads(
        open_record(
            purpose=SEAL_PURPOSE,
            scope_id=str(request.company_id),
            record=str(request.id),
            sealed=sealed,
        )
    )
    return bytes.fromhex(opened["salt"]), opened["values"]


def _fields(
    version: FormTemplateVersion, filled: FilledForm, salt: bytes
) -> dict[str, dict[str, JSON]]:
    """Say of every mapped field how it stands; only what came back `ok` may be locked."""
    fields: dict[str, dict[str, JSON]] = {}
    for line in read_mapping(version.mapping):
        result = filled.fields[line.pointer]
        fields[line.pointer] = {
            "item": line.item,
            "status": str(result.status),
            "reason": str(result.reason) or None,
            "source": result.source,
            "source_updated_at": _moment(result.source_updated_at),
            "retrieved_at": _moment(result.retrieved_at),
            "from_cache": result.from_cache,
            "required": line.required,
            "on_missing": line.on_missing,
            "editable": result.status is not FieldStatus.OK,
            "digest": digest_of(result.value, salt=salt) if result.has_value else None,
        }
    return fields


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


@lru_cache(maxsize=256)
def _filler(version_id: UUID) -> FormFiller:
    """Compile a template version once per process: it never changes."""
    version = FormTemplateVersion.objects.get(pk=version_id)
    return FormFiller(version.schema, read_mapping(version.mapping))


def _conclude(
    request: PrefillRequest, consent: Consent, release: Release, at: datetime
) -> None:
    PrefillRequest.objects.filter(pk=request.pk).update(state=PrefillRequest.State.RELEASED)
    is_last = consent.uses >= consent.max_uses
    if is_last:
        PrefillRequest.objects.filter(pk=request.pk).update(
            wrapped_data_key=None, sealed_values=None
        )
    tell_person(
        kind=SENT,
        request=request,
        company=consent.company,
        person_id=consent.person_id,
        path=f"/forms/{request.reference}",
        at=at,
    )
    record_event(
        kind="prefill.result.released",
        at=at,
        actor=f"e-service:{request.e_service.client_id}",
        subject=f"release:{release.reference}",
        company_id=request.company_id,
        facts={
            "request": request.reference,
            "consent": consent.reference,
            "number": release.number,
            "items_digest": release.items_digest,
            "sent_sha256": release.sent_sha256,
            "recipient_kid": release.recipient_kid,
            "values_destroyed": is_last,
        },
    )
