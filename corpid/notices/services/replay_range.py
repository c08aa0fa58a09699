"""Send an endpoint every event of a span of time once more, or for the first time."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.errors import Invalid, gettext_noop
from corpid.notices.event_types import TEST
from corpid.notices.models import ServiceEvent, WebhookDelivery, WebhookEndpoint
from corpid.notices.services.begin_again import begin_again
from corpid.notices.services.find_endpoint import find_endpoint
from corpid.notices.services.schedule_delivery import schedule_delivery
from corpid.notices.services.tell_e_service import TRIED_FOR

MOST_EVENTS = 1000


class RangeTooLarge(Invalid):
    code = "webhook_replay_too_large"
    title = gettext_noop("There are more than 1,000 events in this span of time.")
    remedy = gettext_noop("Ask for a shorter span, then for the next.")


class RangeEmpty(Invalid):
    code = "webhook_replay_span_empty"
    title = gettext_noop("The span of time must end after it starts.")
    remedy = gettext_noop("Give since and until, each with its zone; until is left out.")


@transaction.atomic
def replay_range(
    *,
    e_service_id: UUID,
    endpoint_id: str,
    since: datetime,
    until: datetime,
    at: datetime,
) -> int:
    """Return how many are sent.

    Events that came before the endpoint did are among them; what is still being tried goes on
    as it was. Raises EndpointNotFound, EndpointSwitchedOff, RangeEmpty, RangeTooLarge.
    """
    endpoint = find_endpoint(
        e_service_id=e_service_id, endpoint_id=endpoint_id, to_change=True, in_use=True
    )
    if not since < until:
        raise RangeEmpty
    found = ServiceEvent.objects.filter(
        e_service_id=e_service_id, occurred_at__gte=since, occurred_at__lt=until
    ).exclude(type=TEST)
    if endpoint.event_types:
        found = found.filter(type__in=endpoint.event_types)
    events = list(found.order_by("occurred_at", "id")[: MOST_EVENTS + 1])
    if len(events) > MOST_EVENTS:
        raise RangeTooLarge
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failures_in_a_row=0, rests_until=None)
    known = {
        delivery.event_id: delivery
        for delivery in endpoint.deliveries.select_for_update(of=("self",)).filter(
            event__in=events
        )
    }
    sent = 0
    for event in events:
        delivery = known.get(event.id)
        if delivery is None:
            delivery = WebhookDelivery(
                endpoint=endpoint, event=event, gives_up_at=at + TRIED_FOR
            )
            schedule_delivery(delivery=delivery, at=at, not_before=at)
        elif delivery.is_open:
            continue
        else:
            begin_again(delivery=delivery, at=at)
        sent += 1
    return sent
