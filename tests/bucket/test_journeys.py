"""The journeys pass again with documents in a bucket: the same tests on this folder's product.

In `make test` it is signing, and signing while the bucket is away; the rest is for `make soak`
(conftest.py).
"""

import base64
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.bucket.conftest import BUCKET
from tests.journeys.again import *  # noqa: F403  every journey is a test here too
from tests.journeys.client import Client
from tests.journeys.portal import Portal
from tests.journeys.test_signing import (
    GOLDEN_HARVEST,
    agreement,
    approve,
    ask,
    number_of_signatures,
    status,
    wait_until_complete,
)
from tests.object_store import ObjectStore
from tests.running import Product

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    "seconds",
    [
        6,
        pytest.param(75, marks=pytest.mark.soak),  # longer than six attempts of a job take
    ],
)
def test_while_the_bucket_is_away_documents_wait_and_are_then_signed(
    seconds: int,
    running: Product,
    bucket: ObjectStore,
    client_of: Callable[[str], Client],
    portal_of: Callable[[str], Portal],
    person_named: Callable[[str], dict[str, Any]],
    record_property: Callable[[str, object], None],
) -> None:
    bank, base_url = client_of("harbour-bank"), running.base_url
    token = bank.own_token("sign")
    reference = ask(bank, token, base_url, f"Away for {seconds} seconds")["id"]
    approve(portal_of("Ho Wai Kit"), person_named("Ho Wai Kit"), reference)

    bucket.stop()
    approve(portal_of("Lee Siu Ming"), person_named("Lee Siu Ming"), reference)
    page = portal_of("Lee Siu Ming").open(f"/sign/{reference}/documents/1")
    refused = bank.call(
        token,
        "POST",
        f"{base_url}/api/v1/signature-requests",
        json={
            "company": GOLDEN_HARVEST,
            "title": "Meanwhile",
            "documents": [
                {"file_name": "a.pdf", "content": base64.b64encode(agreement("A")).decode()}
            ],
        },
    )
    time.sleep(seconds)
    meanwhile = status(bank, token, base_url, reference)["status"]
    bucket.start()
    back = time.monotonic()

    assert meanwhile == "sealing"
    assert (page.status, "does not answer" in page.text) == (503, True)
    assert (refused.status_code, refused.json()["code"]) == (503, "storage_away")
    wait_until_complete(bank, token, base_url, reference, within=20)
    took = time.monotonic() - back
    record_property("figure", f"signing after the bucket was away {seconds} s: {took:.1f} s")
    assert number_of_signatures(bank, token, base_url, reference) == 3


def test_documents_lie_in_the_bucket_alone(
    running: Product,
    bucket: ObjectStore,
    client_of: Callable[[str], Client],
) -> None:
    bank = client_of("harbour-bank")
    asked = ask(bank, bank.own_token("sign"), running.base_url, "In the bucket")

    objects = bucket.client().list_objects_v2(Bucket=BUCKET)["Contents"]

    names = {each["Key"].rpartition("/")[2] for each in objects}
    assert asked["documents"][0]["sha256"] in names
    assert list((running.state / "files").rglob("*")) == []
