"""Fetch what was agreed to, and keep it sealed for one handing-over.

1. The request is still being fetched and its consent lives; who agreed still may.
2. The registers are asked, all at once, for the granted items only.
3. In one transaction, if consent still lives at that moment: statuses, digests, sealed values,
   the next state, the audit event. A withdrawal in the middle leaves nothing behind.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from uuid import UUID

from authentication.models import Company
from authentication.services.check_power import check_power
from corpid.audit.services.record_event import record_event
from corpid.business_identifier import parse_business_identifier
from corpid.errors import NotAllowed
from corpid.keys.services.seal_record import seal_record
from prefill.catalogue import CATALOGUE
from prefill.field_result import FieldReason, FieldResult, FieldStatus, digest_of
from prefill.models import Consent, FieldRecord, PrefillRequest
from prefill.registers.register import Register
from prefill.services.fetch_items import Results, fetch_items

SEAL_PURPOSE = "prefill"
_SALT_BYTES = 16

Clock = Callable[[], datetime]
_SETTLED = frozenset({FieldStatus.OK, FieldStatus.EMPTY, FieldStatus.SKIPPED})


def retrieve_fields(
    *,
    request_id: UUID,
    completing: Callable[[], AbstractContextManager[None]],
    clock: Clock,
    on_progress: Callable[[int, int], None] | None = None,
    sources: Mapping[str, Register] | None = None,
) -> None:
    """`completing` opens the transaction of the effect; it may be run twice, by two workers.

    `clock` is read before and after the registers were asked.
    """
    request = PrefillRequest.objects.described().get(pk=request_id)
    if request.state != PrefillRequest.State.FETCHING:
        with completing():  # withdrawn meanwhile, or done by the worker before
            return
    if not _may_still(request, clock()):  # 1
        with completing():
            _stop(request, clock())
        return
    results = fetch_items(  # 2
        identifier=parse_business_identifier(_company(request).ubi),
        item_keys=_granted(request.consent),
        sources=sources,
        on_progress=on_progress,
    )
    with completing():  # 3
        _keep(request, {**results, **_skipped(request.consent)}, clock())


def abandon_retrieval(*, request_id: UUID, at: datetime) -> None:
    """Say of every item that it did not come, so that nobody waits for ever."""
    request = PrefillRequest.objects.described().get(pk=request_id)
    if request.state == PrefillRequest.State.FETCHING:
        nothing = {
            key: FieldResult(
                FieldStatus.UNAVAILABLE,
                CATALOGUE[key].register,
                at,
                reason=FieldReason.NOT_ANSWERING,
            )
            for key in _granted(request.consent)
        }
        _keep(request, {**nothing, **_skipped(request.consent)}, at)


def _company(request: PrefillRequest) -> Company:
    assert request.company is not None  # noqa: S101  a constraint of the table
    return request.company


def _may_still(request: PrefillRequest, at: datetime) -> bool:
    if not request.consent.is_in_force(at=at):
        return False
    try:
        check_power(
            person=request.consent.person,
            company=_company(request),
            power=request.template_version.consent_power,
            at=at,
        )
    except NotAllowed:
        return False
    return True


def _stop(request: PrefillRequest, at: datetime) -> None:
    stopped = PrefillRequest.objects.filter(
        pk=request.pk, state=PrefillRequest.State.FETCHING
    ).update(state=PrefillRequest.State.REVOKED)
    if stopped:
        record_event(
            kind="prefill.retrieval.stopped",
            at=at,
            actor="system",
            subject=f"prefill-request:{request.reference}",
            company_id=request.company_id,
        )


def _granted(consent: Consent) -> list[str]:
    return [item.item_key for item in consent.items.order_by("item_key") if item.is_granted]


def _skipped(consent: Consent) -> Results:
    now = datetime.now(tz=UTC)
    return {
        item.item_key: FieldResult(
            FieldStatus.SKIPPED,
            CATALOGUE[item.item_key].register,
            now,
            reason=FieldReason.NOT_GRANTED,
        )
        for item in consent.items.all()
        if not item.is_granted
    }


def _keep(request: PrefillRequest, results: Results, at: datetime) -> None:
    """Store the results unless consent has ended; a later worker's twin finds nothing to do."""
    request.lock()
    consent = Consent.objects.get(pk=request.consent.pk)
    if not consent.is_in_force(at=at):
        _stop(request, at)
        return
    salt = secrets.token_bytes(_SALT_BYTES)
    values = {key: one.value for key, one in results.items() if one.has_value}
    sealed = seal_record(
        purpose=SEAL_PURPOSE,
        scope_id=str(request.company_id),
        record=str(request.id),
        plaintext=json.dumps({"salt": salt.hex(), "values": values}).encode(),
    )
    is_whole = all(one.status in _SETTLED for one in results.values())
    moved = PrefillRequest.objects.filter(
        pk=request.pk, state=PrefillRequest.State.FETCHING
    ).update(
        state=PrefillRequest.State.READY if is_whole else PrefillRequest.State.PARTIAL,
        fetched_at=at,
        wrapped_data_key=sealed.wrapped_data_key,
        sealed_values=sealed.body,
    )
    if not moved:
        return
    FieldRecord.objects.bulk_create(
        _record(request, key, result, salt) for key, result in sorted(results.items())
    )
    record_event(
        kind="prefill.fields.retrieved",
        at=at,
        actor="system",
        subject=f"prefill-request:{request.reference}",
        company_id=request.company_id,
        facts={"statuses": {key: str(one.status) for key, one in sorted(results.items())}},
    )


def _record(request: PrefillRequest, key: str, result: FieldResult, salt: bytes) -> FieldRecord:
    return FieldRecord(
        request=request,
        item_key=key,
        status=result.status,
        reason=result.reason,
        source=result.source,
        source_updated_at=result.source_updated_at,
        retrieved_at=result.retrieved_at,
        from_cache=result.from_cache,
        digest=digest_of(result.value, salt=salt) if result.has_value else "",
    )
