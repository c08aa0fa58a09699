"""Try once to hand one event to one endpoint, and say what follows.

1. The try is still wanted: the delivery is open, this job is its newest, the endpoint is in
   use, its owner may still be told.
2. An endpoint that failed several times in a row rests; its deliveries wait that long without
   being tried, so that one receiver that hangs does not keep the workers from the others.
3. One guarded call, signed with every secret in force.
4. In one transaction: the attempt, and delivered, or switched off (410), or the next try, or
   given up after 24 hours.
"""

import re
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from django.db.models import F

from corpid.meters.counted import CallPurpose
from corpid.notices.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from corpid.notices.plain_text import without_controls
from corpid.notices.recipients import may_receive
from corpid.notices.services.end_delivery import end_delivery
from corpid.notices.services.open_secrets import open_secrets
from corpid.notices.services.schedule_delivery import schedule_delivery
from corpid.notices.services.switch_off_endpoint import switch_off_endpoint
from corpid.outbound.client import Bounds, NotAnswering, guarded_client
from corpid.outbound.destinations import DestinationRefused
from corpid.protocols.standard_webhooks import sign_headers

BOUNDS = Bounds(seconds=10, max_bytes=64 * 1024)
_WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)  # the last again and again, until 24 h have passed
_FAILURES_BEFORE_REST = 3
_SHORTEST_REST, _LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)
_KEPT_OF_ANSWER = 500
_SECONDS = re.compile("[0-9]{1,5}", re.ASCII)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Outcome:
    milliseconds: int
    status: int | None = None
    error_code: str = ""
    answer: str = ""
    retry_after: timedelta = timedelta()

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and HTTPStatus(200) <= self.status < HTTPStatus(300)


def deliver_webhook(
    *,
    reference: str,
    wake: UUID,
    completing: Callable[[], AbstractContextManager[None]],
    clock: Clock,
    bounds: Bounds = BOUNDS,
) -> None:
    """`completing` opens the transaction of the effect; the call itself may be made twice."""
    now = clock()
    delivery = (
        WebhookDelivery.objects.select_related("endpoint", "event")
        .filter(reference=reference)
        .first()
    )
    if delivery is None or not delivery.is_open or delivery.wake != wake:  # 1
        with completing():
            return
    endpoint = delivery.endpoint
    if not endpoint.is_in_use or not may_receive(endpoint.e_service_id, at=now):
        with completing():
            _hold_back(delivery, now)
        return
    if _rests(endpoint, now) and now < delivery.gives_up_at:  # 2
        with completing():
            _postpone(delivery, now)
        return
    outcome = _call(delivery, now, bounds)  # 3
    with completing():  # 4
        _conclude(delivery, outcome, clock())


def _rests(endpoint: WebhookEndpoint, now: datetime) -> bool:
    return endpoint.rests_until is not None and now < endpoint.rests_until


def _postpone(delivery: WebhookDelivery, now: datetime) -> None:
    rests_until = delivery.endpoint.rests_until or now
    spread = timedelta(milliseconds=secrets.randbelow(5000))
    not_before = min(rests_until + spread, delivery.gives_up_at)
    schedule_delivery(delivery=delivery, at=now, not_before=not_before)


def _hold_back(delivery: WebhookDelivery, now: datetime) -> None:
    end_delivery(delivery=delivery, state=WebhookDelivery.State.SWITCHED_OFF, at=now)


def _call(delivery: WebhookDelivery, now: datetime, bounds: Bounds) -> _Outcome:
    body = delivery.event.body()
    headers = {
        "Content-Type": "application/json",
        **sign_headers(
            secrets_in_force=open_secrets(endpoint=delivery.endpoint, at=now),
            message_id=delivery.event_id,
            at=now,
            body=body,
        ),
    }
    began = time.monotonic()
    try:
        answer = guarded_client().request(
            "POST",
            delivery.endpoint.url,
            headers=headers,
            content=body,
            bounds=bounds,
            purpose=CallPurpose.WEBHOOK,
        )
    except (DestinationRefused, NotAnswering) as error:
        return _Outcome(_since(began), error_code=error.code)
    wait = answer.headers.get("retry-after", "")
    return _Outcome(
        _since(began),
        status=answer.status,
        answer=_beginning(answer.content),
        retry_after=timedelta(seconds=int(wait) if _SECONDS.fullmatch(wait) else 0),
    )


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)


def _beginning(content: bytes) -> str:
    text = content[: 4 * _KEPT_OF_ANSWER].decode(errors="replace")
    return without_controls(text)[:_KEPT_OF_ANSWER]


def _conclude(delivery: WebhookDelivery, outcome: _Outcome, now: datetime) -> None:
    """Let a replay, a deletion or a switch in the meantime win over what this call brought."""
    locked = WebhookDelivery.objects.select_for_update().filter(pk=delivery.pk).first()
    if locked is None:
        return
    WebhookAttempt.objects.create(
        delivery=locked,
        at=now,
        milliseconds=outcome.milliseconds,
        status=outcome.status,
        error_code=outcome.error_code,
        answer=outcome.answer,
    )
    if not locked.is_open or locked.wake != delivery.wake:
        return
    endpoint = delivery.endpoint
    if outcome.is_delivered:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
            failures_in_a_row=0, rests_until=None
        )
        end_delivery(delivery=locked, state=WebhookDelivery.State.DELIVERED, at=now)
    elif outcome.status == HTTPStatus.GONE:
        switch_off_endpoint(endpoint=endpoint, because=WebhookEndpoint.SwitchedOff.GONE, at=now)
    else:
        _let_rest(endpoint, now)
        _try_again_or_give_up(locked, outcome, now)


def _let_rest(endpoint: WebhookEndpoint, now: datetime) -> None:
    row = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    row.update(failures_in_a_row=F("failures_in_a_row") + 1)
    beyond = row.values_list("failures_in_a_row", flat=True).get() - _FAILURES_BEFORE_REST
    if beyond >= 0:
        rest = min(_SHORTEST_REST * 2 ** min(beyond, 10), _LONGEST_REST)
        row.update(rests_until=now + rest)


def _try_again_or_give_up(delivery: WebhookDelivery, outcome: _Outcome, now: datetime) -> None:
    delivery.tries += 1
    if now >= delivery.gives_up_at:
        end_delivery(delivery=delivery, state=WebhookDelivery.State.DEAD, at=now)
        return
    wait = max(_WAITS[min(delivery.tries, len(_WAITS)) - 1], outcome.retry_after)
    spread = 1 + secrets.randbelow(100) / 1000
    delivery.state = WebhookDelivery.State.RETRYING
    schedule_delivery(
        delivery=delivery, at=now, not_before=min(now + wait * spread, delivery.gives_up_at)
    )
