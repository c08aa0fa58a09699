import threading
import time
from contextlib import nullcontext
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from corpid.api import idempotency
from corpid.api.caller import Caller
from corpid.api.idempotency import IdempotentMixin
from corpid.api.models import IdempotentAnswer
from corpid.api.tasks import purge
from corpid.errors import Invalid
from corpid.one_time.models import OneTimeToken
from corpid.one_time.services.issue_token import issue_token
from tests.makers import AFTER

pytestmark = pytest.mark.django_db(transaction=True)


class PaperIsOut(Invalid):
    code = "paper_is_out"
    title = "No paper"
    remedy = "Bring some"


class Print(IdempotentMixin):
    """Its effect is a row; `fails` makes it refuse after the effect."""

    required_scopes = {"POST": set[str]()}
    idempotency_route = "print"
    fails = False

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        sheet = dict(request.data)
        issue_token(purpose="print", subject="s", bound_to=sheet, expires_at=AFTER)
        if self.fails:
            raise PaperIsOut
        answer = {"printed": OneTimeToken.objects.count()}
        return Response(answer, status=201, headers={"Location": "/prints/1"})


def caller(client_id: str) -> Caller:
    return Caller(client_id=client_id, e_service_id=uuid4(), scopes=frozenset())


def post(
    body: dict[str, Any],
    key: str | None,
    *,
    client: str = "a",
    view: type[Print] = Print,
    **options: Any,
) -> Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    request = APIRequestFactory().post("/", body, format="json", headers=headers)
    force_authenticate(request, user=caller(client))  # type: ignore[arg-type]  # typed for accounts
    response = view.as_view(**options)(request)
    assert isinstance(response, Response)
    return response


def test_a_repeated_post_is_answered_and_not_done_again() -> None:
    first, second = post({"n": 1}, "k"), post({"n": 1}, "k")

    assert OneTimeToken.objects.count() == 1
    assert (second.status_code, second.data, second["Location"]) == (
        201,
        first.data,
        "/prints/1",
    )
    assert second["Idempotency-Replayed"] == "true"


class PrintSlowly(Print):
    """Examines what is sent, and notes whether a transaction was open meanwhile."""

    was_open: ClassVar[list[bool]] = []

    def prepare(self, request: Request) -> dict[str, Any]:
        self.was_open.append(connection.in_atomic_block)
        if "bad" in request.data:
            raise PaperIsOut
        return {"examined": dict(request.data)}

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        assert connection.in_atomic_block
        assert kwargs.pop("examined") == request.data
        return super().create(request, *args, **kwargs)


@pytest.mark.parametrize("key", ["k", None])
def test_what_takes_long_is_done_before_the_transaction(key: str | None) -> None:
    PrintSlowly.was_open.clear()

    assert post({"n": 1}, key, view=PrintSlowly).status_code == 201

    assert PrintSlowly.was_open == [False]


def test_a_repeated_post_is_not_examined_again() -> None:
    post({"n": 1}, "k", view=PrintSlowly)
    PrintSlowly.was_open.clear()

    assert post({"n": 1}, "k", view=PrintSlowly)["Idempotency-Replayed"] == "true"
    assert post({"bad": 1}, "k", view=PrintSlowly).data["code"] == "idempotency_key_reused"

    assert PrintSlowly.was_open == []


def test_what_was_found_wrong_before_leaves_the_key_free() -> None:
    assert post({"bad": 1}, "k", view=PrintSlowly).data["code"] == "paper_is_out"

    assert post({"n": 1}, "k", view=PrintSlowly).status_code == 201


def test_another_body_under_the_same_key_is_refused() -> None:
    post({"n": 1}, "k")

    refused = post({"n": 2}, "k")

    assert (refused.status_code, refused.data["code"]) == (422, "idempotency_key_reused")
    assert OneTimeToken.objects.count() == 1


def test_another_client_with_the_same_key_is_another_act() -> None:
    post({"n": 1}, "k")
    post({"n": 1}, "k", client="b")

    assert OneTimeToken.objects.count() == 2


def test_a_refused_act_leaves_nothing_and_may_be_tried_again() -> None:
    refused = post({"n": 1}, "k", fails=True)
    assert (refused.status_code, OneTimeToken.objects.count()) == (422, 0)

    assert post({"n": 1}, "k").status_code == 201


def test_a_refused_act_without_a_key_leaves_nothing_either() -> None:
    assert post({"n": 1}, None, fails=True).status_code == 422
    assert OneTimeToken.objects.count() == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "鑰匙"])
def test_a_key_that_cannot_be_one_is_refused(key: str) -> None:
    assert post({"n": 1}, key).data["code"] == "idempotency_key_malformed"


def test_of_thirty_at_once_one_acts_and_all_get_its_answer() -> None:
    answers: list[Response] = []

    def send() -> None:
        try:
            answers.append(post({"n": 1}, "k"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert OneTimeToken.objects.count() == 1
    assert [answer.status_code for answer in answers] == [201] * 30
    assert len({str(answer.data) for answer in answers}) == 1


class PrintWhenTold(Print):
    """Holds its transaction open until it is told to go on."""

    inside: ClassVar[threading.Event]
    go_on: ClassVar[threading.Event]

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.inside.set()
        assert self.go_on.wait(60)
        return super().create(request, *args, **kwargs)


class Sender(threading.Thread):
    def __init__(self, view: type[Print]) -> None:
        super().__init__()
        self.view = view
        self.answers: list[Response] = []

    def run(self) -> None:
        try:
            self.answers.append(post({"n": 1}, "k", view=self.view))
        finally:
            connection.close()


@pytest.fixture
def slow() -> type[PrintWhenTold]:
    PrintWhenTold.inside, PrintWhenTold.go_on = threading.Event(), threading.Event()
    return PrintWhenTold


@pytest.fixture
def _of_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let twins meet at the unique index alone, as those of two processes do."""
    monkeypatch.setattr(idempotency, "one_of_twins", lambda *_, **__: nullcontext())


def wait_until_one_waits() -> None:
    """Look at the database until a session waits for another's row."""
    until = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


@pytest.mark.usefixtures("_of_another_process")
def test_a_twin_in_flight_waits_for_the_answer(slow: type[PrintWhenTold]) -> None:
    first, twin = Sender(slow), Sender(slow)
    first.start()
    assert slow.inside.wait(60)
    twin.start()
    wait_until_one_waits()
    slow.go_on.set()
    for each in (first, twin):
        each.join()

    assert OneTimeToken.objects.count() == 1
    assert [each.answers[0].status_code for each in (first, twin)] == [201, 201]
    assert twin.answers[0]["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("place", ["this process", "another process"])
def test_a_twin_that_waited_as_long_as_promised_is_told_to_come_back(
    slow: type[PrintWhenTold],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    place: str,
) -> None:
    if place == "another process":
        request.getfixturevalue("_of_another_process")
    assert timedelta(seconds=10) == idempotency.TWIN_WAITS
    monkeypatch.setattr(idempotency, "TWIN_WAITS", timedelta(milliseconds=50))
    first = Sender(slow)
    first.start()
    assert slow.inside.wait(60)

    told = post({"n": 1}, "k", view=slow)
    other = post({"n": 1}, "another", view=Print)
    slow.go_on.set()
    first.join()

    assert (told.status_code, told.data["code"]) == (409, "request_in_progress")
    assert other.status_code == 201
    assert first.answers[0].status_code == 201
    assert post({"n": 1}, "k", view=slow)["Idempotency-Replayed"] == "true"


def test_an_answer_is_kept_for_its_day_and_then_forgotten() -> None:
    post({"n": 1}, "old")
    post({"n": 1}, "new")
    kept_until = timezone.now() - timedelta(hours=24)
    IdempotentAnswer.objects.filter(key="old").update(
        created_at=kept_until - timedelta(seconds=1)
    )

    purge()

    assert [answer.key for answer in IdempotentAnswer.objects.all()] == ["new"]
