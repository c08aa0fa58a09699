"""Keep what the registers answered: values sealed, statuses and salted digests in the open."""

import json
import secrets
from datetime import datetime

from corpid.audit.services.record_event import record_event
from corpid.keys.services.seal_record import seal_record
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from prefill.catalogue import CATALOGUE
from prefill.field_result import FieldReason, FieldResult, FieldStatus, digest_of
from prefill.models import Consent, FieldRecord, PrefillRequest
from prefill.services.fetch_items import Results
from prefill.services.stop_retrieval import stop_retrieval
from prefill.services.tell_asker import tell_asker

SEAL_PURPOSE = "prefill"
_SALT_BYTES = 16
_SETTLED = frozenset({FieldStatus.OK, FieldStatus.EMPTY, FieldStatus.SKIPPED})


def keep_results(*, request: PrefillRequest, results: Results, at: datetime) -> None:
    """Store the results unless consent has ended; a later worker's twin finds nothing to do.

    Raises PrefillSwitchedOff: then they are fetched anew when it is on again.
    """
    require_function(SwitchedFunction.PREFILL)
    request.lock()
    consent = Consent.objects.get(pk=request.consent.pk)
    if not consent.is_in_force(at=at):
        stop_retrieval(request=request, at=at)
        return
    results = {**results, **_skipped(consent, at)}
    salt = secrets.token_bytes(_SALT_BYTES)
    values = {key: one.value for key, one in results.items() if one.has_value}
    sealed = seal_record(
        purpose=SEAL_PURPOSE,
        scope_id=str(request.company_id),
        record=str(request.id),
        plaintext=json.dumps({"salt": salt.hex(), "values": values}).encode(),
    )
    is_whole = all(one.status in _SETTLED for one in results.values())
    state = PrefillRequest.State.READY if is_whole else PrefillRequest.State.PARTIAL
    moved = PrefillRequest.objects.filter(
        pk=request.pk, state=PrefillRequest.State.FETCHING
    ).update(
        state=state,
        fetched_at=at,
        wrapped_data_key=sealed.wrapped_data_key,
        sealed_values=sealed.body,
    )
    if not moved:
        return
    tell_asker(request=request, state=state, at=at)
    FieldRecord.objects.bulk_create(
        _record(request, key, result, salt) for key, result in sorted(results.items())
    )
    record_event(
        kind="prefill.fields.retrieved",
        at=at,
        actor="system",
        subject=request.subject,
        company_id=request.company_id,
        facts={"statuses": {key: str(one.status) for key, one in sorted(results.items())}},
    )


def _skipped(consent: Consent, at: datetime) -> Results:
    return {
        item.item_key: FieldResult(
            FieldStatus.SKIPPED,
            CATALOGUE[item.item_key].register,
            at,
            reason=FieldReason.NOT_GRANTED,
        )
        for item in consent.items.all()
        if not item.is_granted
    }


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
