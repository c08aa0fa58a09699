"""The journeys pass again with documents in a bucket: the same tests on this folder's product.

In `make test` it is signing, and signing while the bucket is away; the rest is for `make soak`
(conftest.py).
"""

import base64
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import journeys
from tests.bucket.conftest import BUCKET
from tests.journeys.client import Client
from tests.journeys.portal import Portal
from tests.journeys.test_identity import (
    test_a_director_signs_in_to_a_bank_as_the_company,
    test_a_no_returns_to_the_e_service_as_a_no,
    test_a_person_is_another_number_at_another_e_service,
)
from tests.journeys.test_prefill import (
    faults,
    test_a_bank_gets_the_form_filled_from_two_registers_by_consent,
    test_a_company_may_send_nothing,
    test_a_register_that_answers_about_another_company_is_not_believed,
)
from tests.journeys.test_signing import (
    GOLDEN_HARVEST,
    agreement,
    approve,
    ask,
    number_of_signatures,
    status,
    test_a_bad_upload_is_refused_in_words_with_a_code,
    test_a_worker_killed_while_it_signs_leaves_exactly_one_signature,
    test_a_worker_that_wakes_after_its_lease_changes_nothing,
    test_two_directors_sign_and_anybody_can_tell,
    wait_until_complete,
)
from tests.journeys.test_slow_uploads import (
    test_eight_uploads_held_open_do_not_keep_a_person_from_signing_in,
)
from tests.journeys.test_wallet import (
    test_a_licence_is_issued_shown_in_part_and_seen_revoked,
    test_another_department_cannot_revoke_or_even_find_it,
)
from tests.object_store import ObjectStore
from tests.running import Product

__all__ = [
    "faults",
    "test_a_bad_upload_is_refused_in_words_with_a_code",
    "test_a_bank_gets_the_form_filled_from_two_registers_by_consent",
    "test_a_company_may_send_nothing",
    "test_a_director_signs_in_to_a_bank_as_the_company",
    "test_a_licence_is_issued_shown_in_part_and_seen_revoked",
    "test_a_no_returns_to_the_e_service_as_a_no",
    "test_a_person_is_another_number_at_another_e_service",
    "test_a_register_that_answers_about_another_company_is_not_believed",
    "test_a_worker_killed_while_it_signs_leaves_exactly_one_signature",
    "test_a_worker_that_wakes_after_its_lease_changes_nothing",
    "test_another_department_cannot_revoke_or_even_find_it",
    "test_eight_uploads_held_open_do_not_keep_a_person_from_signing_in",
    "test_two_directors_sign_and_anybody_can_tell",
]
pytestmark = pytest.mark.processes


def test_every_journey_is_here() -> None:
    """Those with keys in a token have a product of their own."""
    written = {
        name
        for path in Path(journeys.__file__).parent.glob("test_*.py")
        if path.stem != "test_keys_in_token"
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }

    assert written == set(__all__) - {"faults"}


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
