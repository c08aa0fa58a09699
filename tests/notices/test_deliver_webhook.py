"""Webhooks against receivers that work, fail, hang, redirect and flood, over real sockets."""

import json
import socket
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from authentication.models import EService
from corpid.audit.models import Event
from corpid.identifiers import uuid7
from corpid.jobs.models import Job
from corpid.jobs.services.redrive_job import redrive_job
from corpid.jobs.services.run_job import run_job
from corpid.notices.models import WebhookDelivery, WebhookEndpoint
from corpid.notices.services.abandon_delivery import abandon_delivery
from corpid.notices.services.deliver_webhook import deliver_webhook
from corpid.notices.services.rotate_secret import rotate_secret
from corpid.outbound.destinations import DestinationRefused
from corpid.protocols.standard_webhooks import check_signature, read_secret
from tests.notices.conftest import Post, Receiver, make_post, receiving
from tests.outbound.test_client import answering, read_head, server

pytestmark = pytest.mark.django_db


def test_a_receiver_gets_the_event_signed(post: Post, receiver: Receiver) -> None:
    event = post.tell()

    delivery = post.deliver(event)

    assert delivery.state == "delivered"
    (received,) = receiver.received
    assert json.loads(received.body) == event.payload()
    assert received.headers["content-type"] == "application/json"
    found = check_signature(
        secrets_known=[read_secret(post.secret)],
        headers=received.headers,
        body=received.body,
        at=post.now,
    )
    assert found == event.id


def test_a_delivery_that_is_done_is_not_done_again(post: Post, receiver: Receiver) -> None:
    event = post.tell()

    for _ in range(5):
        post.deliver(event)

    assert len(receiver.received) == 1


def test_only_the_newest_job_of_a_delivery_tries(post: Post, receiver: Receiver) -> None:
    receiver.statuses = [500]
    event = post.tell()
    first = post.delivery_of(event).wake
    post.deliver(event)

    deliver_webhook(
        reference=post.delivery_of(event).reference,
        wake=first,
        completing=transaction.atomic,
        clock=lambda: post.now,
    )

    assert len(receiver.received) == 1


def test_a_server_error_is_tried_again_later_and_shown(post: Post, receiver: Receiver) -> None:
    receiver.statuses, receiver.answer = [500, 200], b"database\x00 is away"
    event = post.tell()

    failed = post.deliver(event)

    assert failed.state == "retrying"
    assert failed.next_try_at is not None
    wait = failed.next_try_at - post.now
    assert timedelta(seconds=5) <= wait <= timedelta(seconds=6)
    attempt = failed.attempts.get()
    assert (attempt.status, attempt.answer) == (500, "database  is away")
    post.wait(seconds=6)
    assert post.deliver(event).state == "delivered"
    ids = {received.headers["webhook-id"] for received in receiver.received}
    assert ids == {event.id}


def test_who_asks_for_patience_gets_it(post: Post, receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [429], {"Retry-After": "600"}

    delivery = post.deliver(post.tell())

    assert delivery.next_try_at is not None
    assert delivery.next_try_at - post.now >= timedelta(seconds=600)


def test_after_24_hours_it_is_given_up_and_stays_visible(
    post: Post, receiver: Receiver
) -> None:
    receiver.statuses = [500]
    event = post.tell()
    began = post.now

    delivery = post.delivery_of(event)
    while delivery.is_open:
        assert delivery.next_try_at is not None
        post.now = max(post.now, delivery.next_try_at)
        delivery = post.deliver(event)

    assert delivery.state == "dead"
    assert post.now - began == timedelta(hours=24)
    assert 10 <= delivery.attempts.count() <= 16
    assert delivery.attempts.count() == len(receiver.received)


def test_a_receiver_that_hangs_is_left_at_the_bound(e_service: EService) -> None:
    def hang(connection: socket.socket) -> None:
        read_head(connection)
        time.sleep(3)

    with server(hang) as port:
        post = make_post(e_service, f"http://127.0.0.1:{port}/")
        began = time.monotonic()
        delivery = post.deliver(post.tell())
        took = time.monotonic() - began

    assert took < 1.5
    assert delivery.state == "retrying"
    assert delivery.attempts.get().error_code == "outside_too_slow"


def test_ten_gigabytes_of_answer_are_cut_at_the_bound(e_service: EService) -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        block = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
        for _ in range(10_240):
            connection.sendall(block)
            sent += 1

    with server(flood) as port:
        post = make_post(e_service, f"http://127.0.0.1:{port}/")
        delivery = post.deliver(post.tell())

    assert sent < 64
    assert delivery.state == "retrying"
    assert delivery.attempts.get().error_code == "outside_answer_too_large"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_loopback_is_not_followed(e_service: EService, status: int) -> None:
    with receiving() as inside:
        redirect = (
            f"HTTP/1.1 {status} Go\r\nLocation: {inside.url}\r\nContent-Length: 0\r\n\r\n"
        )
        with server(answering(redirect.encode())) as port:
            post = make_post(e_service, f"http://127.0.0.1:{port}/")
            delivery = post.deliver(post.tell())

        assert inside.received == []
    assert delivery.state == "retrying"
    assert delivery.attempts.get().error_code == "outside_answer_not_taken"


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "169.254.169.254"])
def test_what_leads_inside_is_refused_when_given_and_at_the_call(
    e_service: EService, host: str
) -> None:
    """They resolve to what the sandbox lets through only where the address says so itself."""
    with pytest.raises(DestinationRefused):
        make_post(e_service, f"https://{host}/events")
    post = make_post(e_service, "https://bank.example/events")
    WebhookEndpoint.objects.update(url=f"https://{host}/events")

    delivery = post.deliver(post.tell())

    assert delivery.state == "retrying"
    assert delivery.attempts.get().error_code == "destination_refused"


def test_nobody_listening_is_tried_again(e_service: EService) -> None:
    with receiving() as gone:
        url = gone.url
    post = make_post(e_service, url)

    delivery = post.deliver(post.tell())

    assert delivery.attempts.get().error_code == "outside_not_answering"
    assert delivery.state == "retrying"


def test_410_switches_the_endpoint_off_and_holds_the_rest_back(
    post: Post, receiver: Receiver
) -> None:
    receiver.statuses = [410]
    first, second = post.tell(), post.tell()

    delivery = post.deliver(first)

    post.endpoint.refresh_from_db()
    assert post.endpoint.switched_off == "gone"
    assert delivery.state == "switched_off"
    assert post.deliver(second).state == "switched_off"
    assert len(receiver.received) == 1
    assert not WebhookDelivery.objects.filter(event=post.tell()).exists()
    assert Event.objects.filter(kind="notices.webhook_endpoint.switched_off").count() == 1


def test_an_e_service_that_was_suspended_is_told_nothing(
    post: Post, receiver: Receiver, e_service: EService
) -> None:
    event = post.tell()
    EService.objects.filter(pk=e_service.pk).update(status=EService.Status.SUSPENDED)

    delivery = post.deliver(event)

    assert delivery.state == "switched_off"
    assert receiver.received == []


def test_an_endpoint_that_keeps_failing_rests_and_is_then_tried(
    post: Post, receiver: Receiver
) -> None:
    receiver.statuses = [500, 500, 500, 200]
    events = [post.tell() for _ in range(5)]
    for event in events[:3]:
        post.deliver(event)

    rested = post.deliver(events[3])

    post.endpoint.refresh_from_db()
    assert post.endpoint.rests_until is not None
    assert len(receiver.received) == 3
    assert (rested.state, rested.tries) == ("pending", 0)
    assert rested.next_try_at is not None
    assert rested.next_try_at >= post.endpoint.rests_until
    post.now = rested.next_try_at
    assert post.deliver(events[3]).state == "delivered"
    recovered = WebhookEndpoint.objects.get(pk=post.endpoint.pk)
    assert (recovered.failures_in_a_row, recovered.rests_until) == (0, None)


def test_while_a_secret_is_replaced_both_sign(post: Post, receiver: Receiver) -> None:
    rotated = rotate_secret(
        e_service_id=post.e_service_id,
        client_id="x",
        endpoint_id=post.endpoint.id,
        overlap=timedelta(hours=1),
        at=post.now,
    )

    post.deliver(post.tell())
    post.wait(hours=1)
    post.deliver(post.tell())

    during, after = receiver.received
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    assert len(after.headers["webhook-signature"].split(" ")) == 1
    for secret in (post.secret, rotated.secret):
        check_signature(
            secrets_known=[read_secret(secret)],
            headers=during.headers,
            body=during.body,
            at=post.now - timedelta(hours=1),
        )
    check_signature(
        secrets_known=[read_secret(rotated.secret)],
        headers=after.headers,
        body=after.body,
        at=post.now,
    )


def test_a_leaked_secret_ends_at_once(post: Post, receiver: Receiver) -> None:
    rotated = [
        rotate_secret(
            e_service_id=post.e_service_id,
            client_id="x",
            endpoint_id=post.endpoint.id,
            overlap=timedelta(),
            at=post.now,
        )
        for _ in range(2)
    ]

    post.deliver(post.tell())

    assert len(receiver.received[0].headers["webhook-signature"].split(" ")) == 1
    check_signature(
        secrets_known=[read_secret(rotated[1].secret)],
        headers=receiver.received[0].headers,
        body=receiver.received[0].body,
        at=post.now,
    )


def test_no_secret_lies_open_in_the_database(post: Post) -> None:
    row = post.endpoint.secrets.get()

    assert read_secret(post.secret) not in bytes(row.wrapped)


def test_what_the_workers_could_not_try_is_dead_and_visible(post: Post) -> None:
    event = post.tell()
    delivery = post.delivery_of(event)

    abandon_delivery(
        reference=delivery.reference, wake=uuid7(), error_code="attempts_used_up", at=post.now
    )
    assert post.delivery_of(event).is_open  # an older job has no say
    abandon_delivery(
        reference=delivery.reference,
        wake=delivery.wake,
        error_code="attempts_used_up",
        at=post.now,
    )

    dead = post.delivery_of(event)
    assert (dead.state, dead.attempts.get().error_code) == ("dead", "attempts_used_up")


@pytest.mark.django_db(transaction=True)
def test_the_worker_delivers_by_a_durable_job(post: Post, receiver: Receiver) -> None:
    event = post.tell()
    job = Job.objects.get(kind="notices.deliver_webhook")

    for _ in range(3):
        run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.queue, job.state) == ("notify", "done")
    assert post.delivery_of(event).state == "delivered"
    assert len(receiver.received) == 1


@pytest.mark.django_db(transaction=True)
def test_a_caseworker_starts_an_abandoned_delivery_again(
    post: Post, receiver: Receiver
) -> None:
    event = post.tell()
    job = Job.objects.get(kind="notices.deliver_webhook")
    Job.objects.filter(pk=job.pk).update(attempts=100)
    run_job(job_id=job.id)
    assert post.delivery_of(event).state == "dead"

    redrive_job(job_id=job.id, actor="caseworker:1", at=timezone.now())
    run_job(job_id=job.id)

    assert post.delivery_of(event).state == "delivered"
    assert len(receiver.received) == 1
    assert WebhookEndpoint.objects.get().failures_in_a_row == 0
