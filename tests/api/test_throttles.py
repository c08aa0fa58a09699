"""One caller may call so often a minute, and no trick gets it more; nobody else is stopped."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
import redis
import time_machine
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from corpid.api import call_counts
from corpid.api.call_counts import CallCounts
from corpid.api.caller import Caller
from corpid.api.forwarded import block_of
from corpid.one_time.epoch import valkey
from tests.gathering import gathered

pytestmark = pytest.mark.django_db

OPEN_TO_ALL = "/api/v1/data-items"
NOON = 1_772_424_000.0  # a minute begins here


@pytest.fixture(autouse=True)
def _few(settings: Settings) -> None:
    settings.CALLS_A_MINUTE_OF_AN_ADDRESS = 3
    settings.CALLS_A_MINUTE_OF_A_CLIENT = 4
    settings.READS_A_MINUTE_OF_AN_ADDRESS = 5


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def call(client: Client, address: str = "192.0.2.1", **headers: str) -> Any:
    return client.get(OPEN_TO_ALL, REMOTE_ADDR=address, headers=headers)


def software(client_id: str) -> APIClient:
    client = APIClient()
    caller = Caller(client_id=client_id, e_service_id=uuid4(), scopes=frozenset())
    client.force_authenticate(user=caller)  # type: ignore[arg-type]  # our users are callers
    return client


def test_one_address_is_told_when_to_come_back(
    client: Client, clock: time_machine.Traveller
) -> None:
    clock.shift(20)

    answers = [call(client) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "too_many_requests"
    assert 60 <= int(answers[-1]["Retry-After"]) <= 61


def test_it_may_call_again_after_that_time(
    client: Client, clock: time_machine.Traveller
) -> None:
    waits = int([call(client) for _ in range(4)][-1]["Retry-After"])
    clock.shift(waits - 2)
    too_early = call(client)
    clock.shift(2)

    assert too_early.status_code == 429
    assert int(too_early["Retry-After"]) <= 3
    assert call(client).status_code == 200


def test_who_is_a_little_too_fast_is_served_at_the_limit(
    client: Client, clock: time_machine.Traveller
) -> None:
    served = []
    for _ in range(60):  # five a minute, of which three are allowed
        served.append(call(client).status_code)
        clock.shift(12)

    assert 2 * 12 <= served.count(200) <= 3 * 12 + 3  # in twelve minutes


def test_the_turn_of_a_minute_is_no_second_helping(
    client: Client, clock: time_machine.Traveller
) -> None:
    clock.shift(59)
    before = [call(client).status_code for _ in range(3)]
    clock.shift(2)

    assert before == [200, 200, 200]
    assert call(client).status_code == 429


def test_an_address_that_is_only_claimed_is_nobodys(
    client: Client, clock: time_machine.Traveller
) -> None:
    answers = [call(client, **{"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(4)]

    assert answers[-1].status_code == 429


def test_many_addresses_of_one_site_are_one(
    client: Client, clock: time_machine.Traveller
) -> None:
    answers = [call(client, f"2001:db8:7:1::{n:x}") for n in range(1, 5)]

    assert answers[-1].status_code == 429
    assert call(client, "2001:db8:7:2::1").status_code == 200


def test_who_calls_too_often_stops_nobody_else(
    client: Client, clock: time_machine.Traveller
) -> None:
    for _ in range(5):
        call(client, "192.0.2.1")

    assert call(client, "192.0.2.2").status_code == 200


def test_an_e_service_is_held_to_its_own_limit_wherever_it_calls_from(
    clock: time_machine.Traveller,
) -> None:
    bank, other = software("bank"), software("other")

    answers = [bank.get(OPEN_TO_ALL, REMOTE_ADDR=f"192.0.2.{n}") for n in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert other.get(OPEN_TO_ALL, REMOTE_ADDR="192.0.2.1").status_code == 200


@contextmanager
def valkey_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let throttles reach a port where nobody listens."""
    with monkeypatch.context() as patched:
        nowhere = redis.Redis(host="127.0.0.1", port=1)
        patched.setattr(call_counts, "valkey", lambda: nowhere)
        yield


def test_without_valkey_each_process_holds_to_the_limit_by_itself(
    client: Client, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with valkey_away(monkeypatch):
        answers = [call(client) for _ in range(4)]
        other = call(client, "192.0.2.2")

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert other.status_code == 200


def test_a_flood_of_names_does_not_fill_the_memory(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_counts, "_MOST_NAMES", 10)
    counts = CallCounts("flood")

    for number in range(50):
        counts.let_through(f"192.0.2.{number}", 2)

    assert len(counts._this) == 10  # noqa: SLF001  what it would grow by
    for name in ("192.0.2.0", "192.0.2.49"):  # counted here, and by Valkey alone
        waits = [counts.let_through(name, 2).wait for _ in range(2)]
        assert waits[0] == 0.0
        assert waits[1] > 0.0


def test_web_servers_together_let_through_little_more_than_one(
    clock: time_machine.Traveller,
) -> None:
    servers = [CallCounts("shared") for _ in range(4)]

    served = sum(
        not servers[number % 4].let_through("192.0.2.1", 100).wait for number in range(1000)
    )

    assert 100 <= served <= 100 + 4 * 5


def test_few_calls_cost_a_round_trip_and_refused_ones_none(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ours = valkey

    def asking() -> redis.Redis:
        asked.append("once")
        return ours()

    monkeypatch.setattr(call_counts, "valkey", asking)
    counts = CallCounts("cheap")

    waits = [counts.let_through("192.0.2.1", 1000).wait for _ in range(3000)]

    assert waits.count(0.0) == 1000
    assert len(asked) == 1000 // 50


def test_in_a_web_server_the_thread_beside_tells_and_a_twentieth_waits_for_it_at_most(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ours = valkey

    def asking() -> redis.Redis:
        asked.append("once")
        return ours()

    monkeypatch.setattr(call_counts, "valkey", asking)
    counts, other = CallCounts("beside"), CallCounts("beside")

    with gathered():
        for _ in range(599):
            assert counts.let_through("192.0.2.1", 12_000).wait == 0.0
        assert asked == []
        counts.tell_what_is_due()  # as the thread does
        assert asked == ["once"]
        for _ in range(600):  # which it does not come to in time
            counts.let_through("192.0.2.1", 12_000)
        assert asked == ["once"] * 2

    tallies = [other.let_through("192.0.2.1", 12_000).tally for _ in range(50)]
    assert tallies[-1].known == 599 + 600 + 50


def test_where_little_is_allowed_nothing_is_left_to_a_thread(
    clock: time_machine.Traveller,
) -> None:
    with gathered():
        servers = [CallCounts("little") for _ in range(4)]
        served = sum(
            not servers[number % 4].let_through("192.0.2.1", 100).wait for number in range(1000)
        )

    assert 100 <= served <= 100 + 4 * 5


def test_who_waited_over_the_turn_of_a_minute_is_counted_in_the_new_one(
    clock: time_machine.Traveller,
) -> None:
    counts = CallCounts("waiting")
    clock.shift(59)

    with ThreadPoolExecutor(1) as pool:
        with counts._lock:  # noqa: SLF001  as another call does
            waiting = pool.submit(counts.let_through, "192.0.2.1", 100)
            sleep(0.2)  # it has come to the lock, of which it gives no sign
            clock.shift(2)

        verdict = waiting.result(timeout=20)

    assert verdict.tally.minute == NOON // 60 + 1


def test_a_clock_that_is_set_back_a_little_wipes_no_counts(
    clock: time_machine.Traveller,
) -> None:
    counts = CallCounts("set back")
    clock.shift(61)
    assert [counts.let_through("192.0.2.1", 2).wait for _ in range(2)] == [0.0, 0.0]

    clock.shift(-2)

    assert counts.wait("192.0.2.1", 2) > 0.0
    assert counts.let_through("192.0.2.1", 2).wait > 0.0
    clock.shift(2)
    assert counts.let_through("192.0.2.1", 2).wait > 0.0


def test_what_is_taken_back_leaves_its_room(clock: time_machine.Traveller) -> None:
    counts = CallCounts("given back")

    for _ in range(10):
        verdict = counts.let_through("192.0.2.1", 2)
        assert verdict.wait == 0.0
        counts.take_back(verdict.tally)

    assert [counts.let_through("192.0.2.1", 2).wait for _ in range(2)] == [0.0, 0.0]
    assert counts.wait("192.0.2.1", 2) > 0.0
    assert counts.wait("192.0.2.2", 2) == 0.0


def test_an_e_services_calls_are_not_its_addresss(clock: time_machine.Traveller) -> None:
    bank = software("bank")

    of_client = [bank.get(OPEN_TO_ALL, REMOTE_ADDR="192.0.2.1") for _ in range(4)]
    of_strangers = [call(Client()) for _ in range(4)]

    assert [answer.status_code for answer in of_client] == [200] * 4
    assert [answer.status_code for answer in of_strangers] == [200, 200, 200, 429]


@pytest.mark.parametrize("path", ["/api/v1/companies", "/oauth/token", "/oauth/userinfo"])
def test_a_flood_of_wrong_tokens_is_refused_before_the_database_is_asked(
    client: Client,
    clock: time_machine.Traveller,
    path: str,
    django_assert_num_queries: Any,
) -> None:
    wrong = {"Authorization": "DPoP wrong"}
    before = [client.get(path, headers=wrong).status_code for _ in range(3)]

    with django_assert_num_queries(0):
        refused = client.get(path, headers=wrong)

    assert 429 not in before
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert client.get(path, REMOTE_ADDR="192.0.2.9", headers=wrong).status_code != 429


@pytest.mark.parametrize(
    ("path", "content_type", "words"),
    [
        ("/api/v1/data-items", "application/problem+json", '"code": "too_many_requests"'),
        ("/oauth/par", "application/json", '"error": "temporarily_unavailable"'),
        ("/openid4vp/requests/x", "application/json", '"error": "temporarily_unavailable"'),
        ("/pki/tsa", "text/plain; charset=utf-8", "Too many requests."),
        ("/pki/ocsp", "text/plain; charset=utf-8", "Too many requests."),
        ("/status-lists", "application/problem+json", '"code": "too_many_requests"'),
        ("/.well-known/jwks.json", "application/problem+json", '"code": "too_many_requests"'),
    ],
)
def test_each_door_refuses_in_the_way_of_its_standard(
    client: Client, clock: time_machine.Traveller, path: str, content_type: str, words: str
) -> None:
    answers = [client.get(path) for _ in range(6)]

    assert answers[-1].status_code == 429
    assert answers[-1]["Content-Type"] == content_type
    assert words in answers[-1].content.decode()
    assert int(answers[-1]["Retry-After"]) > 0


def test_what_anybody_reads_has_a_larger_count_of_its_own(
    client: Client, clock: time_machine.Traveller
) -> None:
    reads = [client.get("/.well-known/jwks.json").status_code for _ in range(6)]

    assert reads == [200] * 5 + [429]
    assert call(client, "127.0.0.1").status_code == 200


def test_probes_are_not_counted(client: Client, clock: time_machine.Traveller) -> None:
    assert {client.get("/healthz").status_code for _ in range(20)} == {200}


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_a_block_is_what_one_party_holds(address: str, block: str) -> None:
    assert block_of(address) == block
