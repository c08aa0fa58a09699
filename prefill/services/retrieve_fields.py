"""Fetch what was agreed to, and keep it sealed for one handing-over.

1. The request is still being fetched, the function is not switched off, consent lives and who
   agreed still may.
2. The registers are asked, all at once, for the granted items only.
3. In one transaction, if consent still lives at that moment: statuses, digests, sealed values,
   the next state, the audit event. A withdrawal in the middle leaves nothing behind, and a
   switch that is turned in the middle neither.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from uuid import UUID

from authentication.models import Company
from authentication.services.check_power import check_power
from corpid.business_identifier import parse_business_identifier
from corpid.errors import NotAllowed
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from prefill.models import PrefillRequest
from prefill.registers.register import Register
from prefill.services.fetch_items import fetch_items
from prefill.services.keep_results import keep_results
from prefill.services.stop_retrieval import stop_retrieval

Clock = Callable[[], datetime]


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
    require_function(SwitchedFunction.PREFILL)  # 1
    if not _may_still(request, clock()):
        with completing():
            stop_retrieval(request=request, at=clock())
        return
    results = fetch_items(  # 2
        identifier=parse_business_identifier(_company(request).ubi),
        item_keys=request.consent.granted_keys(),
        sources=sources,
        on_progress=on_progress,
    )
    with completing():  # 3
        keep_results(request=request, results=results, at=clock())


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
