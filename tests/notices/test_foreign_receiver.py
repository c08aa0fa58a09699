"""A receiver that others wrote (npm standardwebhooks) checks our webhooks off a socket."""

import base64
import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from corpid.notices.models import ServiceEvent
from corpid.notices.services.rotate_secret import rotate_secret
from tests.notices.conftest import Post, Received, Receiver

INTEROP = Path(__file__).parent.parent / "interop"
pytestmark = [pytest.mark.django_db, pytest.mark.needs("npm:standardwebhooks")]


def judged(received: Received, secret: str, **changed: str) -> dict[str, Any]:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    headers = {name: received.headers[name] for name in names}
    document = {"secret": secret, "headers": headers, "body": received.body.decode()}
    for name, value in changed.items():
        (document if name == "body" else headers)[name.replace("_", "-")] = value
    process = subprocess.run(
        ["node", "--no-warnings", str(INTEROP / "standard_webhooks.mjs")],
        input=json.dumps(document),
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads(process.stdout)
    return found


def told(post: Post, receiver: Receiver) -> tuple[ServiceEvent, Received]:
    event = post.tell()
    post.deliver(event)
    return event, receiver.received[-1]


def rotated(post: Post, *, overlap: timedelta) -> str:
    registered = rotate_secret(
        e_service_id=post.e_service_id,
        client_id="harbour-bank",
        endpoint_id=post.endpoint.id,
        overlap=overlap,
        at=post.now,
    )
    return registered.secret


def test_it_verifies_what_we_send(post: Post, receiver: Receiver) -> None:
    event, received = told(post, receiver)

    found = judged(received, post.secret)

    assert found["event"] == event.payload()
    manifest = json.loads((INTEROP / "package.json").read_text())
    assert found["version"] == manifest["dependencies"]["standardwebhooks"]


def test_while_a_secret_is_replaced_it_verifies_with_either(
    post: Post, receiver: Receiver
) -> None:
    newer = rotated(post, overlap=timedelta(days=1))
    event, received = told(post, receiver)

    for secret in (post.secret, newer):
        assert judged(received, secret)["event"] == event.payload()


def test_once_the_old_secret_has_ended_only_the_new_one_counts(
    post: Post, receiver: Receiver
) -> None:
    newer = rotated(post, overlap=timedelta(0))
    event, received = told(post, receiver)

    assert judged(received, newer)["event"] == event.payload()
    assert judged(received, post.secret)["error"] == "No matching signature found"


def test_it_refuses_a_secret_that_is_not_ours(post: Post, receiver: Receiver) -> None:
    _, received = told(post, receiver)
    wrong = "whsec_" + base64.b64encode(b"w" * 32).decode()

    assert judged(received, wrong)["error"] == "No matching signature found"


@pytest.mark.parametrize(
    "changed",
    [{"body": '{"type": "signature_request.complete"}'}, {"webhook_id": "evt_another"}],
    ids=["body", "id"],
)
def test_it_refuses_what_was_changed_on_the_way(
    post: Post, receiver: Receiver, changed: dict[str, str]
) -> None:
    _, received = told(post, receiver)

    assert judged(received, post.secret, **changed)["error"] == "No matching signature found"
