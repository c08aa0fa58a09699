"""The catcher of webhooks: what an e-service of the sandbox is told becomes a page."""

import json
import stat
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from authentication.models import EService
from corpid.demonstration.webhooks import KEPT, MAX_BYTES, caught_webhooks, webhook_folder
from corpid.protocols.standard_webhooks import check_signature, read_secret
from tests.makers import make_e_service
from tests.notices.conftest import make_post

pytestmark = pytest.mark.django_db

ADDRESS = "/sandbox/webhooks"


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    yield
    for path in webhook_folder().glob("*"):
        path.unlink()


@pytest.fixture
def e_service() -> EService:
    return make_e_service(scopes=("events",))


def send(body: bytes, event_id: str = "evt_1", **headers: str) -> int:
    caller = Client(enforce_csrf_checks=True)
    given = {"webhook-id": event_id, **headers}
    return caller.post(
        ADDRESS, body, content_type="application/json", headers=given
    ).status_code


@pytest.mark.django_db(transaction=True)
def test_a_delivery_is_caught_as_it_was_signed(
    live_server: Any, settings: Any, e_service: EService
) -> None:
    settings.BASE_URL = live_server.url
    settings.BASE_HOST = urlsplit(live_server.url).netloc
    post = make_post(e_service, live_server.url + ADDRESS)
    event = post.tell()

    delivery = post.deliver(event)

    assert delivery.state == "delivered"
    (caught,) = caught_webhooks(limit=10)
    assert json.loads(caught.body) == event.payload()
    known = [read_secret(post.secret)]
    body = caught.body.encode()
    signed = check_signature(
        secrets_known=known, headers=caught.headers, body=body, at=post.now
    )
    assert signed == event.id


def test_the_newest_comes_first_and_the_oldest_go(client: Client) -> None:
    for number in range(KEPT + 2):
        send(b"{}", f"evt_{number}")

    ids = [caught.event_id for caught in caught_webhooks(limit=KEPT + 2)]
    assert ids[0] == f"evt_{KEPT + 1}"
    assert len(ids) == KEPT


def test_what_was_caught_is_text(client: Client) -> None:
    send(b'{"type": "<script>alert(1)</script>"}', "<script>alert(2)</script>")

    page = client.get(ADDRESS).content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_a_body_at_the_bound_is_taken_and_a_longer_one_is_not() -> None:
    assert send(b"x" * MAX_BYTES) == 204
    assert send(b"x" * (MAX_BYTES + 1)) == 413
    assert len(list(caught_webhooks(limit=10))) == 1


@pytest.mark.parametrize("media_type", ["multipart/form-data; boundary=x", "text/plain", "x"])
def test_what_is_not_json_is_no_webhook(client: Client, media_type: str) -> None:
    refused = client.generic("POST", ADDRESS, b"--x--", content_type=media_type)

    assert refused.status_code == 415
    assert list(caught_webhooks(limit=1)) == []


def test_cookies_and_authorisations_are_not_kept() -> None:
    send(b"{}", authorization="Bearer secret", cookie="session=secret")

    (path,) = webhook_folder().glob("*.json")
    assert "secret" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_catcher_says_so(client: Client) -> None:
    assert "No webhook yet" in client.get(ADDRESS).content.decode()
