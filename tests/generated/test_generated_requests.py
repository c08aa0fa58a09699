"""Whatever is sent, no answer is a 5xx, and every answer is one that the document knows.

`make test` sends the same 5,000 requests each time, in four parts; `make soak` sends 100,000
others (CORPID_GENERATED_REQUESTS, and CORPID_GENERATED_SEED to send those of a report again).
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import override_settings
from django.urls import path
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from corpid.files.storage import StorageAway
from corpid.keys.bounded import forget_everything
from tests.demonstration.register_simulator import running_registers
from tests.generated.requests import (
    Judge,
    Sent,
    documented_operations,
    operation_id,
    requests_for,
)
from tests.generated.world import Caller, Ground, make_ground
from tests.signatures.conftest import files, pdf  # fixtures

__all__ = ["files", "pdf"]
pytestmark = pytest.mark.django_db

PARTS = 4
IN_A_PART = 1250
SOAK_REQUESTS = int(os.environ.get("CORPID_GENERATED_REQUESTS", "100000"))
SOAK_SEED = int(os.environ.get("CORPID_GENERATED_SEED", str(time.time_ns() % 2**32)))
_ROUND = 60  # made-up requests to one operation, before the world is as it was again


@pytest.fixture
def ground(files: None, pdf: bytes, settings: Settings) -> Iterator[Ground]:
    with running_registers() as registers:
        settings.REGISTERS_URL = registers.base_url
        # Here the doors are looked into, as fast as they open.
        settings.CALLS_A_MINUTE_OF_A_CLIENT = settings.CALLS_A_MINUTE_OF_AN_ADDRESS = 10**9
        settings.READS_A_MINUTE_OF_AN_ADDRESS = 10**9
        yield make_ground(pdf)


def send_many(judge: Judge, *, many: int, first_seed: int) -> None:
    """Send at least so many to all operations in turn."""
    operations = documented_operations()
    each = many // (len(operations) * len(judge.ground.callers)) + 1
    number = first_seed
    while judge.count < many:
        for operation in operations:
            number += 1
            strategy = requests_for(operation, judge.ground)
            _one_round(judge, strategy, operation_id(operation), min(each, _ROUND), number)


def _one_round(
    judge: Judge, made_up: st.SearchStrategy[Sent], operation: str, many: int, number: int
) -> None:
    """Let every caller send each of them; then let nothing of it have happened."""

    @seed(number)
    @hypothesis_settings(
        max_examples=many,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(made_up)
    def send(sent: Sent) -> None:
        for caller in judge.ground.callers:
            judge.try_out(operation, sent, caller)

    point = transaction.savepoint()
    send()
    transaction.savepoint_rollback(point)
    forget_everything()


def figure(judge: Judge, began: float) -> str:
    counted: Counter[int] = Counter()
    for (_, status), times in judge.statuses.items():
        counted[status] += times
    told = ", ".join(f"{status}: {times}" for status, times in sorted(counted.items()))
    seconds = time.process_time() - began
    return f"{judge.count} generated requests in {seconds:.0f} s of CPU ({told})"


@pytest.mark.parametrize("part", range(PARTS))
def test_made_up_requests_are_answered_as_documented(
    ground: Ground, part: int, record_property: Callable[[str, object], None]
) -> None:
    judge = Judge(ground)
    began = time.process_time()

    send_many(judge, many=IN_A_PART, first_seed=1000 * part)

    record_property("figure", figure(judge, began))
    assert judge.all_findings() == []


@pytest.mark.soak
def test_a_hundred_thousand_made_up_requests_are_answered_as_documented(
    ground: Ground, record_property: Callable[[str, object], None]
) -> None:
    judge = Judge(ground)
    began = time.process_time()

    send_many(judge, many=SOAK_REQUESTS, first_seed=SOAK_SEED)

    record_property("figure", f"seed {SOAK_SEED}: {figure(judge, began)}")
    assert judge.all_findings() == []


class Broken(APIView):
    """Fails for one name in a query, as a fault of ours would, and for another as if away."""

    authentication_classes: list[type] = []
    required_scopes = {"GET": None}

    def get(self, request: Request) -> Response:
        if "cursor" in request.query_params:
            raise ZeroDivisionError("planted")
        if "limit" in request.query_params:
            raise StorageAway
        return Response({"results": [{"ubi": 1}]})


urlpatterns = [path("api/v1/companies", Broken.as_view())]


def test_a_planted_failure_and_a_wrong_answer_are_found() -> None:
    [operation] = [
        each for each in documented_operations() if operation_id(each) == "list_companies"
    ]
    judge = Judge(Ground({"nobody": Caller(None)}, "71234567"))

    with override_settings(ROOT_URLCONF=__name__):  # the document is the product's own
        _one_round(judge, requests_for(operation, judge.ground), "list_companies", 50, 1)

    found = "\n".join(judge.all_findings())
    assert "500 ZeroDivisionError('planted')" in found
    assert "list_companies: 503 " in found  # documented, and a fault here
    assert 'list_companies: 200 []: "next" is a required property' in found


def test_an_undocumented_status_is_found() -> None:
    judge = Judge(Ground({"nobody": Caller(None)}, "71234567"))

    judge.try_out("list_companies", Sent("GET", "/api/v1/teapots", b"", {}), "nobody")

    assert "list_companies: 404 is not documented (not_found)" in judge.all_findings()[0]
