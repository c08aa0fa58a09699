"""The company agrees, item by item; a worker then fetches exactly what was agreed to."""

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from authentication.services.list_ways import Acting
from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.notices.services.complete_tasks import complete_tasks
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from prefill.consent_notice import VERSION, ConsentNotice
from prefill.models import Consent, ConsentItem, PrefillRequest
from prefill.services.check_answerable import RequestAnswered, check_answerable
from prefill.services.issue_receipt import issue_receipt
from prefill.services.tell_asker import tell_asker
from prefill.services.tell_person import CONSENT_ASKED
from prefill.services.write_notice import write_notice

RETRIEVE = "prefill.retrieve"


class NoticeChanged(Conflict):
    code = "consent_notice_changed"
    title = gettext_noop("What is asked has changed since you saw it.")
    remedy = gettext_noop("Read it again, then answer.")


@transaction.atomic
def give_consent(
    *,
    request: PrefillRequest,
    acting: Acting,
    granted: Collection[str],
    notice_sha256: str,
    language: str,
    at: datetime,
) -> Consent:
    """Record the answer. To leave out a required item is to refuse the whole: nothing is sent.

    `notice_sha256` is of the text that was on the screen. Raises what check_answerable raises,
    NoticeChanged, and PrefillSwitchedOff to a yes: to say no is always possible.
    """
    if granted:
        require_function(SwitchedFunction.PREFILL)
    authority = check_answerable(request=request, acting=acting, at=at)
    notice = write_notice(request=request, acting=acting, language=language)
    if not hmac.compare_digest(notice.sha256.encode(), notice_sha256.encode()):
        raise NoticeChanged
    is_given = bool(granted) and all(
        item.key in granted for item in notice.items if item.is_required
    )
    _move(request, acting, is_given=is_given)
    complete_tasks(kind=CONSENT_ASKED, subject=request.subject, at=at)
    consent = _record(request, acting, authority.capacity, notice, granted, at, is_given)
    record_event(
        kind="prefill.consent.given" if is_given else "prefill.consent.refused",
        at=at,
        actor=f"person:{acting.person.id}",
        subject=f"consent:{consent.reference}",
        company_id=acting.company.id,
        facts={
            "request": request.reference,
            "e_service": request.e_service.client_id,
            "capacity": authority.capacity,
            "notice_sha256": notice.sha256,
            "granted": tuple(
                item.item_key for item in consent.items.order_by("item_key") if item.is_granted
            ),
        },
    )
    if not is_given:
        request.company = acting.company
        tell_asker(request=request, state=PrefillRequest.State.REFUSED, at=at)
    if is_given:
        issue_receipt(consent=consent, notice=notice, at=at)
        enqueue_job(
            kind=RETRIEVE,
            arguments={"request_id": str(request.id)},
            at=at,
            company_id=acting.company.id,
            unique_key=str(request.id),
        )
    return consent


def _move(request: PrefillRequest, acting: Acting, *, is_given: bool) -> None:
    """Of two answers at once, one counts."""
    state = PrefillRequest.State.FETCHING if is_given else PrefillRequest.State.REFUSED
    moved = PrefillRequest.objects.filter(
        pk=request.pk, state__in=PrefillRequest.ANSWERABLE
    ).update(state=state, company=acting.company)
    if not moved:
        raise RequestAnswered


def _record(
    request: PrefillRequest,
    acting: Acting,
    capacity: str,
    notice: ConsentNotice,
    granted: Collection[str],
    at: datetime,
    is_given: bool,  # noqa: FBT001  private
) -> Consent:
    version = request.template_version
    consent = Consent.objects.create(
        request=request,
        company=acting.company,
        e_service=request.e_service,
        person=acting.person,
        decision=Consent.Decision.GIVEN if is_given else Consent.Decision.REFUSED,
        capacity=capacity,
        decided_at=at,
        notice_version=VERSION,
        notice_sha256=notice.sha256,
        language=notice.language,
        expires_at=at + timedelta(days=version.consent_days),
        max_uses=version.max_uses,
    )
    ConsentItem.objects.bulk_create(
        ConsentItem(
            consent=consent,
            item_key=item.key,
            item_version=item.version,
            is_required=item.is_required,
            is_granted=is_given and item.key in granted,
        )
        for item in notice.items
    )
    return consent
