"""`/api/v1/events` and `/api/v1/webhook-endpoints`: what integrators see and may do."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from authentication.models import EService
from corpid.api.caller import Caller
from corpid.api.models import IdempotentAnswer
from corpid.keys.bounded import forget_everything
from corpid.notices.models import WebhookDelivery
from corpid.notices.services.forget_events import forget_events
from corpid.notices.services.tell_e_service import tell_e_service
from tests.makers import make_e_service
from tests.notices.conftest import SIGNED, Post, Receiver

pytestmark = pytest.mark.django_db

ENDPOINTS = "/api/v1/webhook-endpoints"
PUBLIC = {"url": "https://forms.example/events"}


def client_of(e_service: EService, *scopes: str) -> APIClient:
    client = APIClient()
    client.force_authenticate(
        user=Caller(  # type: ignore[arg-type]  # our users are callers
            client_id=e_service.client_id,
            e_service_id=e_service.id,
            scopes=frozenset(scopes),
        )
    )
    return client


@pytest.fixture
def client(e_service: EService) -> APIClient:
    return client_of(e_service, "events")


@pytest.fixture
def stranger() -> APIClient:
    return client_of(make_e_service("other-bank"), "events")


def tell(e_service: EService) -> str:
    return tell_e_service(
        e_service_id=e_service.id,
        type="signature_request.complete",
        data=SIGNED,
        at=timezone.now(),
    ).id


def ids(answer: Any) -> list[str]:
    return [event["id"] for event in answer.json()["results"]]


def test_events_are_listed_once_by_the_last_one_seen(
    client: APIClient, e_service: EService
) -> None:
    told = [tell(e_service) for _ in range(5)]

    first = client.get("/api/v1/events?limit=3")
    rest = client.get(f"/api/v1/events?limit=3&since={told[2]}")
    none = client.get(f"/api/v1/events?since={told[4]}")

    assert (ids(first), first.json()["has_more"]) == (told[:3], True)
    assert (ids(rest), rest.json()["has_more"]) == (told[3:], False)
    assert (ids(none), none.json()["has_more"]) == ([], False)


@pytest.mark.django_db(transaction=True)
def test_a_slow_transaction_is_not_passed_over(client: APIClient, e_service: EService) -> None:
    told, read = threading.Event(), threading.Event()
    slow: list[str] = []

    def hold_open() -> None:
        with transaction.atomic():
            slow.append(tell(e_service))
            told.set()
            read.wait(10)
        connection.close()

    holder = threading.Thread(target=hold_open)
    holder.start()
    told.wait(10)
    quick = tell(e_service)
    before = ids(client.get("/api/v1/events"))
    read.set()
    holder.join()

    after = ids(client.get(f"/api/v1/events?since={quick}"))

    assert (before, after) == ([quick], slow)


@pytest.mark.django_db(transaction=True)
def test_readers_at_once_number_each_event_once(e_service: EService) -> None:
    told = {tell(e_service) for _ in range(20)}
    seen: list[list[str]] = []

    def read() -> None:
        seen.append(ids(client_of(e_service, "events").get("/api/v1/events")))
        connection.close()

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert len(seen) == 4
    assert set(seen[0]) == told
    assert all(one == seen[0] for one in seen)


def test_nobody_reads_the_events_of_another(
    stranger: APIClient, client: APIClient, e_service: EService
) -> None:
    event = tell(e_service)
    client.get("/api/v1/events")

    assert ids(stranger.get("/api/v1/events")) == []
    answer = stranger.get(f"/api/v1/events?since={event}")
    assert (answer.status_code, answer.json()["code"]) == (404, "event_not_found")


def test_events_are_kept_for_thirty_days(client: APIClient, e_service: EService) -> None:
    event = tell(e_service)

    forget_events(at=timezone.now() + timedelta(days=29, hours=23))
    assert ids(client.get("/api/v1/events")) == [event]
    forget_events(at=timezone.now() + timedelta(days=30, minutes=1))
    assert ids(client.get("/api/v1/events")) == []


@pytest.mark.parametrize("limit", ["0", "201", "x", "-1"])
def test_a_limit_out_of_bounds_is_refused(client: APIClient, limit: str) -> None:
    answer = client.get(f"/api/v1/events?limit={limit}")

    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_malformed")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/v1/events"),
        ("get", ENDPOINTS),
        ("post", ENDPOINTS),
        ("get", f"{ENDPOINTS}/whe_x"),
        ("patch", f"{ENDPOINTS}/whe_x"),
        ("delete", f"{ENDPOINTS}/whe_x"),
        ("post", f"{ENDPOINTS}/whe_x/rotate"),
        ("post", f"{ENDPOINTS}/whe_x/test"),
        ("post", f"{ENDPOINTS}/whe_x/replay"),
        ("get", f"{ENDPOINTS}/whe_x/deliveries"),
        ("get", f"{ENDPOINTS}/whe_x/deliveries/whd_x"),
        ("post", f"{ENDPOINTS}/whe_x/deliveries/whd_x/replay"),
    ],
)
def test_without_token_or_scope_there_is_nothing(
    e_service: EService, method: str, path: str
) -> None:
    without = getattr(APIClient(), method)(path, {}, format="json")
    other = getattr(client_of(e_service, "sign"), method)(path, {}, format="json")

    assert (without.status_code, without.json()["code"]) == (401, "token_missing")
    assert (other.status_code, other.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "", None),
        ("patch", "", {"description": "mine now"}),
        ("delete", "", None),
        ("post", "/rotate", {}),
        ("post", "/test", None),
        ("post", "/replay", {"since": "2026-01-01T00:00Z", "until": "2027-01-01T00:00Z"}),
        ("get", "/deliveries", None),
        ("get", "/deliveries/{delivery}", None),
        ("post", "/deliveries/{delivery}/replay", None),
    ],
)
def test_the_endpoint_of_another_is_not_there(
    post: Post, stranger: APIClient, method: str, path: str, body: object
) -> None:
    delivery = post.delivery_of(post.tell())
    where = path.format(delivery=delivery.reference)

    answer = getattr(stranger, method)(
        f"{ENDPOINTS}/{post.endpoint.id}{where}", body, format="json"
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "webhook_endpoint_not_found")
    post.endpoint.refresh_from_db()
    assert post.endpoint.description == ""


def test_the_secret_is_shown_once_even_to_whoever_repeats(client: APIClient) -> None:
    first = client.post(ENDPOINTS, PUBLIC, format="json", HTTP_IDEMPOTENCY_KEY="k")
    again = client.post(ENDPOINTS, PUBLIC, format="json", HTTP_IDEMPOTENCY_KEY="k")

    assert first.status_code == again.status_code == 201
    assert first.json()["secret"].startswith("whsec_")
    assert again.json() == {**first.json(), "secret": None}
    assert "whsec_" not in str(IdempotentAnswer.objects.get().answer)
    shown = client.get(first["Location"]).json()
    assert "secret" not in shown
    assert shown == client.get(ENDPOINTS).json()["results"][0]


@pytest.mark.parametrize(
    "url",
    [
        "http://forms.example/events",
        "https://user:pw@forms.example/",
        "https://forms.example:22/",
        "ftp://forms.example/",
        "https://forms.example/#x",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_never_called_is_not_registered(client: APIClient, url: str) -> None:
    answer = client.post(ENDPOINTS, {"url": url}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, "destination_refused")


def test_outside_the_sandbox_loopback_is_not_registered(
    client: APIClient, settings: Settings
) -> None:
    wish = {"url": "http://127.0.0.1:9000/events"}
    settings.SANDBOX = False

    refused = client.post(ENDPOINTS, wish, format="json")
    settings.SANDBOX = True
    taken = client.post(ENDPOINTS, wish, format="json")

    assert (refused.status_code, taken.status_code) == (422, 201)


def test_an_unknown_type_is_refused_with_its_place(client: APIClient) -> None:
    answer = client.post(
        ENDPOINTS,
        {**PUBLIC, "event_types": ["consent.revoked", "consent.revokd"]},
        format="json",
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "event_type_unknown")
    assert answer.json()["errors"][0]["pointer"] == "/event_types/1"


def test_ten_endpoints_and_not_one_more(client: APIClient) -> None:
    for _ in range(10):
        assert client.post(ENDPOINTS, PUBLIC, format="json").status_code == 201

    answer = client.post(ENDPOINTS, PUBLIC, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhook_endpoints")


def test_an_endpoint_gets_the_types_that_it_wants(
    client: APIClient, e_service: EService
) -> None:
    wanting = client.post(
        ENDPOINTS, {**PUBLIC, "event_types": ["consent.revoked"]}, format="json"
    ).json()["id"]
    for_all = client.post(ENDPOINTS, PUBLIC, format="json").json()["id"]

    tell(e_service)

    assert set(WebhookDelivery.objects.values_list("endpoint_id", flat=True)) == {for_all}
    assert wanting != for_all


def test_its_owner_switches_an_endpoint_off_and_on(post: Post, client: APIClient) -> None:
    where = f"{ENDPOINTS}/{post.endpoint.id}"
    waiting = post.tell()

    off = client.patch(where, {"is_in_use": False}, format="json").json()
    missed = post.tell()
    on = client.patch(where, {"is_in_use": True}, format="json").json()

    assert (off["is_in_use"], off["switched_off_because"]) == (False, "owner")
    assert post.delivery_of(waiting).state == "switched_off"
    assert not missed.deliveries.exists()
    assert (on["is_in_use"], on["switched_off_because"]) == (True, None)


def test_a_deleted_endpoint_leaves_no_secret_and_its_jobs_do_nothing(
    post: Post, client: APIClient, receiver: Receiver
) -> None:
    post.tell()

    assert client.delete(f"{ENDPOINTS}/{post.endpoint.id}").status_code == 204

    assert not post.endpoint.secrets.exists()
    assert client.get(f"{ENDPOINTS}/{post.endpoint.id}").status_code == 404
    assert receiver.received == []


def test_rotating_shows_a_new_secret_and_refuses_a_long_overlap(
    post: Post, client: APIClient
) -> None:
    where = f"{ENDPOINTS}/{post.endpoint.id}/rotate"

    rotated = client.post(where, {}, format="json")
    refused = client.post(where, {"overlap_seconds": 7 * 86400 + 1}, format="json")

    assert rotated.status_code == 200
    assert rotated.json()["secret"] not in {None, post.secret}
    assert refused.status_code == 422
    ends = post.endpoint.secrets.exclude(ends_at=None).get().ends_at
    assert ends is not None
    assert timedelta(hours=23) < ends - timezone.now() <= timedelta(hours=24)


def test_a_test_reaches_this_endpoint_alone(
    post: Post, client: APIClient, receiver: Receiver
) -> None:
    client.post(ENDPOINTS, PUBLIC, format="json")

    fired = client.post(f"{ENDPOINTS}/{post.endpoint.id}/test")

    assert fired.status_code == 202
    assert (fired.json()["type"], fired.json()["state"]) == ("webhook.test", "pending")
    delivery = WebhookDelivery.objects.get()
    assert post.deliver(delivery.event).state == "delivered"
    assert receiver.received[0].headers["webhook-id"] == fired.json()["event"]


def test_the_log_shows_each_attempt_newest_delivery_first(
    post: Post, client: APIClient, receiver: Receiver
) -> None:
    receiver.statuses = [500]
    first, second = post.tell(), post.tell()
    post.deliver(first)
    where = f"{ENDPOINTS}/{post.endpoint.id}/deliveries"

    everything = client.get(where).json()["results"]
    retrying = client.get(f"{where}?state=retrying").json()["results"]
    page = client.get(f"{where}?limit=1").json()
    next_page = client.get(f"{where}?limit=1&cursor={page['next']}").json()

    assert [one["event"] for one in everything] == [second.id, first.id]
    assert [one["event"] for one in retrying] == [first.id]
    assert retrying[0] == client.get(f"{where}/{retrying[0]['id']}").json()
    assert retrying[0]["attempts"][0]["status"] == 500
    assert retrying[0]["attempts"][0]["answer"] == "thank you"
    assert [page["results"][0]["event"], next_page["results"][0]["event"]] == [
        second.id,
        first.id,
    ]


def test_the_log_needs_as_many_queries_for_three_as_for_one(
    post: Post, client: APIClient
) -> None:
    where = f"{ENDPOINTS}/{post.endpoint.id}/deliveries"
    post.tell()
    forget_everything()  # what a process asks once a second is asked each time
    with CaptureQueriesContext(connection) as one:
        client.get(where)
    post.tell()
    post.tell()

    forget_everything()
    with CaptureQueriesContext(connection) as three:
        client.get(where)

    assert len(three) == len(one)


def test_one_delivery_is_replayed_with_the_same_id(
    post: Post, client: APIClient, receiver: Receiver
) -> None:
    event = post.tell()
    delivery = post.delivery_of(event)
    where = f"{ENDPOINTS}/{post.endpoint.id}/deliveries/{delivery.reference}/replay"

    early = client.post(where)
    post.deliver(event)
    replayed = client.post(where)
    post.deliver(event)

    assert (early.status_code, early.json()["code"]) == (409, "webhook_delivery_on_its_way")
    assert (replayed.status_code, replayed.json()["state"]) == (202, "pending")
    assert [one.headers["webhook-id"] for one in receiver.received] == [event.id, event.id]
    assert post.delivery_of(event).attempts.count() == 2


def test_a_span_is_replayed_with_what_the_endpoint_missed(
    post: Post, client: APIClient, receiver: Receiver
) -> None:
    where = f"{ENDPOINTS}/{post.endpoint.id}"
    delivered, waiting = post.tell(), post.tell()
    post.deliver(delivered)
    client.patch(where, {"is_in_use": False}, format="json")
    post.wait(seconds=10)
    missed = post.tell()
    refused = client.post(f"{where}/replay", _span(post), format="json")
    client.patch(where, {"is_in_use": True}, format="json")

    replayed = client.post(f"{where}/replay", _span(post), format="json")

    assert refused.json()["code"] == "webhook_endpoint_switched_off"
    assert (replayed.status_code, replayed.json()) == (202, {"replayed": 3})
    for event in (delivered, waiting, missed):
        assert post.deliver(event).state == "delivered"
    assert len(receiver.received) == 4


def test_a_replay_leaves_out_the_end_of_the_span_and_what_is_on_its_way(
    post: Post, client: APIClient
) -> None:
    inside = post.tell()
    post.deliver(inside)
    post.tell()  # on its way
    until = post.now + timedelta(seconds=10)
    post.now = until
    post.deliver(post.tell())

    answer = client.post(
        f"{ENDPOINTS}/{post.endpoint.id}/replay",
        {"since": "2020-01-01T00:00:00Z", "until": until.isoformat()},
        format="json",
    )

    assert answer.json() == {"replayed": 1}
    assert post.delivery_of(inside).state == "pending"


def test_an_empty_span_is_refused(post: Post, client: APIClient) -> None:
    moment = "2026-03-03T14:00:00+08:00"

    answer = client.post(
        f"{ENDPOINTS}/{post.endpoint.id}/replay",
        {"since": moment, "until": moment},
        format="json",
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "webhook_replay_span_empty")


def test_a_suspended_e_service_is_told_nothing(client: APIClient, e_service: EService) -> None:
    EService.objects.filter(pk=e_service.pk).update(status=EService.Status.SUSPENDED)

    answer = client.get("/api/v1/events")

    assert (answer.status_code, answer.json()["code"]) == (403, "e_service_is_told_nothing")


def _span(post: Post) -> dict[str, str]:
    return {
        "since": "2020-01-01T00:00:00Z",
        "until": (post.now + timedelta(seconds=1)).isoformat(),
    }
