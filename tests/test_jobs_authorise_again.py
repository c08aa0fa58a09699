"""Every kind of job asks again whether it may act, and a test shows it; or it says why not."""

import importlib

import pytest

from corpid.jobs.registry import kinds

# The test in which what allowed the work has gone by the time the worker acts.
SHOWN_BY = {
    "notices.deliver_webhook": (
        "tests.notices.test_deliver_webhook",
        "test_an_e_service_that_was_suspended_is_told_nothing",
    ),
    "notices.send_mail": (
        "tests.notices.test_send_mail",
        "test_nothing_goes_to_whoever_may_not_act_by_then",
    ),
    "prefill.retrieve": (
        "tests.prefill.test_retrieve_fields",
        "test_whoever_lost_the_power_meanwhile_no_longer_counts",
    ),
    "signatures.seal": (
        "tests.signatures.test_signing_a_document",
        "test_who_left_the_office_before_the_worker_acts_signs_nothing",
    ),
}
ACTS_FOR_NOBODY = {
    "credentials.claim": "an issuer gave them to the company; nobody's power is used",
    "operations.rekey": "two caseworkers decided it, and half of it done helps nobody",
    "operations.rewrap_keys": "the same keys under a new key of ours; nobody sees them",
    "signatures.verify": "anybody may check a file; nothing is signed or given out",
    "status.publish": "writes down what was decided and recorded before",
}


def test_every_kind_of_job_shows_that_it_asks_again_or_says_why_not() -> None:
    of_product = {kind.name for kind in kinds() if not kind.name.startswith("tests.")}

    assert sorted([*SHOWN_BY, *ACTS_FOR_NOBODY]) == sorted(of_product)


@pytest.mark.parametrize("kind", sorted(SHOWN_BY))
def test_the_test_that_shows_it_is_there(kind: str) -> None:
    module, test = SHOWN_BY[kind]

    assert callable(getattr(importlib.import_module(module), test))
