"""An e-service with an endpoint that answers over a real socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from authentication.models import EService
from corpid.notices.models import ServiceEvent, WebhookDelivery, WebhookEndpoint
from corpid.notices.services.deliver_webhook import deliver_webhook
from corpid.notices.services.register_endpoint import register_endpoint
from corpid.notices.services.tell_e_service import tell_e_service
from corpid.outbound.client import Bounds
from tests.makers import make_e_service

QUICK = Bounds(seconds=0.5, max_bytes=64 * 1024)
SIGNED = {"id": "sig_x", "company": "71234567", "status": "complete"}


@dataclass(slots=True)
class Received:
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """Answers with the statuses in turn, then with the last of them for ever."""

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [200])
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b"thank you"
    received: list[Received] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(headers, body))
            turn = min(len(receiver.received), len(receiver.statuses)) - 1
            self.send_response(receiver.statuses[turn])
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *_arguments: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Door) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/events"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def e_service() -> EService:
    return make_e_service(scopes=("events",))


@dataclass(slots=True)
class Post:
    """One endpoint, its secret, and a clock that the test turns."""

    e_service_id: UUID
    endpoint: WebhookEndpoint
    secret: str
    now: datetime

    def tell(self, type_: str = "signature_request.complete") -> ServiceEvent:
        return tell_e_service(
            e_service_id=self.e_service_id, type=type_, data=SIGNED, at=self.now
        )

    def deliver(self, event: ServiceEvent, *, bounds: Bounds = QUICK) -> WebhookDelivery:
        """Do what the worker does with the newest job of the event's delivery."""
        delivery = self.delivery_of(event)
        deliver_webhook(
            reference=delivery.reference,
            wake=delivery.wake,
            completing=transaction.atomic,
            clock=lambda: self.now,
            bounds=bounds,
        )
        return self.delivery_of(event)

    def delivery_of(self, event: ServiceEvent) -> WebhookDelivery:
        return WebhookDelivery.objects.get(event=event, endpoint=self.endpoint)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


def make_post(e_service: EService, url: str, *event_types: str) -> Post:
    now = timezone.now()
    registered = register_endpoint(
        e_service_id=e_service.id,
        client_id=e_service.client_id,
        url=url,
        event_types=event_types,
        description="",
        at=now,
    )
    return Post(e_service.id, registered.endpoint, registered.secret, now)


@pytest.fixture
def post(e_service: EService, receiver: Receiver) -> Post:
    return make_post(e_service, receiver.url)
