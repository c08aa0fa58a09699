"""One trace id follows a request: answer, job, worker, webhook, and every line of the logs."""

import json
import secrets
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from corpid.protocols.trace_context import read_trace_id
from tests.journeys.client import Client
from tests.journeys.conftest import client_of, open_connections, sandbox
from tests.journeys.patience import eventually
from tests.notices.conftest import receiving
from tests.running import Product

__all__ = ["client_of", "open_connections", "sandbox"]  # fixtures
pytestmark = pytest.mark.processes


def lines_with(product: Product, trace_id: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (log.stem, json.loads(line))
        for log in (product.state / "logs").glob("*.log")
        for line in log.read_text(errors="replace").splitlines()
        if trace_id in line
    ]


def test_one_trace_id_goes_from_the_request_to_the_receiver_and_into_all_lines(
    running: Product, client_of: Callable[[str], Client]
) -> None:
    trace_id = secrets.token_hex(16)

    with receiving() as receiver:
        base = f"{running.base_url}/api/v1/webhook-endpoints"
        department = client_of("harbour-bank")
        token = department.own_token("events")
        made = department.call(
            token,
            "POST",
            base,
            json={"url": receiver.url},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        assert made.status_code == 201, made.text
        asked = department.call(
            token,
            "POST",
            f"{base}/{made.json()['id']}/test",
            headers={
                "traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01",
                "Idempotency-Key": str(uuid.uuid4()),
            },
        )
        assert asked.status_code < 300, asked.text
        eventually(lambda: receiver.received, within=30)
        department.call(token, "DELETE", f"{base}/{made.json()['id']}")

    assert asked.headers["X-Trace-Id"] == trace_id
    [delivered] = receiver.received
    assert read_trace_id(delivered.headers["traceparent"]) == trace_id
    eventually(lambda: len(lines_with(running, trace_id)) >= 2, within=10)
    said = {(log, line["event"]) for log, line in lines_with(running, trace_id)}
    assert {("web", "request answered"), ("worker", "job attempted")} <= said
    assert all(line["trace_id"] == trace_id for _, line in lines_with(running, trace_id))
