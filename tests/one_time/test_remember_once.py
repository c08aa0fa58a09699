"""A proof or assertion counts once, also when Valkey is wiped in between."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from corpid.one_time import epoch
from corpid.one_time.epoch import (
    BEGINNING_OF_TIME,
    ReplayMemoryNotAvailable,
    current_epoch,
    valkey,
)
from corpid.one_time.models import MemoryEpoch, OneTimeToken
from corpid.one_time.services.remember_once import (
    IssuedBeforeMemory,
    SeenBefore,
    remember_once,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def use(jti: str, *, at: datetime, issued_at: datetime | None = None, **more: Any) -> None:
    remember_once(
        kind="assertion",
        party="esv_1",
        jti=jti,
        issued_at=issued_at or at,
        keep_until=at + timedelta(seconds=60),
        at=at,
        **more,
    )


def wipe() -> None:
    """What FLUSHALL does to the product, on this worker's own part of the shared server."""
    valkey().flushdb()


def test_a_token_counts_once(now: datetime) -> None:
    use("one", at=now)

    with pytest.raises(SeenBefore):
        use("one", at=now)


def test_the_same_jti_of_another_party_or_kind_is_another_token(now: datetime) -> None:
    use("one", at=now)

    remember_once(kind="dpop", party="esv_1", jti="one", issued_at=now, keep_until=now, at=now)
    remember_once(
        kind="assertion", party="esv_2", jti="one", issued_at=now, keep_until=now, at=now
    )


def test_the_first_epoch_reaches_back_to_the_beginning(now: datetime) -> None:
    use("one", at=now, issued_at=now - timedelta(minutes=5))

    assert current_epoch().began_at == BEGINNING_OF_TIME


def test_a_wipe_does_not_reopen_replay(now: datetime) -> None:
    use("one", at=now)
    wipe()

    with pytest.raises(IssuedBeforeMemory):
        use("one", at=now + timedelta(seconds=40), issued_at=now)


def test_in_the_first_moments_after_a_wipe_the_fault_is_ours(now: datetime) -> None:
    use("one", at=now)
    wipe()
    began_at = current_epoch().began_at

    with pytest.raises(ReplayMemoryNotAvailable) as refusal:
        use("two", at=began_at + timedelta(seconds=29.9), issued_at=now)
    with pytest.raises(IssuedBeforeMemory):
        use("three", at=began_at + timedelta(seconds=30), issued_at=now)

    assert refusal.value.headers == {"Retry-After": "2"}


def test_a_replay_counts_no_second_time_in_the_first_moments_after_a_wipe(
    now: datetime,
) -> None:
    use("one", at=now)
    wipe()

    with pytest.raises(ReplayMemoryNotAvailable):
        use("one", at=now)
    with pytest.raises(ReplayMemoryNotAvailable):
        use("one", at=now)
    with pytest.raises(IssuedBeforeMemory):
        use("one", at=now + timedelta(seconds=40), issued_at=now)


def test_after_a_wipe_what_is_issued_later_is_accepted(now: datetime) -> None:
    use("one", at=now)
    wipe()
    current_epoch()

    later = now + timedelta(seconds=5)
    use("three", at=later)

    with pytest.raises(SeenBefore):
        use("three", at=later)


def test_a_clock_that_is_ahead_does_not_carry_a_replay_over_a_wipe(now: datetime) -> None:
    ahead = now + timedelta(seconds=25)
    use("one", at=now, issued_at=ahead)
    wipe()

    with pytest.raises(SeenBefore):
        use("one", at=now + timedelta(seconds=26), issued_at=ahead)


def test_only_a_clock_that_is_ahead_costs_a_row(now: datetime) -> None:
    use("one", at=now)
    assert OneTimeToken.objects.count() == 0

    use("two", at=now, issued_at=now + timedelta(seconds=1))

    assert OneTimeToken.objects.count() == 1


def test_a_nonce_of_this_epoch_proves_that_a_token_is_new(now: datetime) -> None:
    use("one", at=now)
    wipe()
    began = current_epoch()

    use("two", at=now, issued_at=now - timedelta(seconds=30), made_in_epoch=began.id)


def test_a_nonce_of_an_epoch_that_was_wiped_proves_nothing(now: datetime) -> None:
    before = current_epoch()
    use("one", at=now, made_in_epoch=before.id)
    wipe()

    with pytest.raises(IssuedBeforeMemory):
        use("one", at=now, made_in_epoch=before.id)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_find_a_wiped_valkey_one_begins_the_epoch() -> None:
    current_epoch()
    wipe()

    def begin(_: int) -> str:
        try:
            return current_epoch().id
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(begin, range(16)))

    assert len(found) == 1
    assert MemoryEpoch.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_parallel_uses_one_counts() -> None:
    at = datetime(2026, 3, 3, tzinfo=UTC)

    def try_once(_: int) -> bool:
        try:
            use("one", at=at)
        except SeenBefore:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as threads:
        used = list(threads.map(try_once, range(20)))

    assert used.count(True) == 1


def test_the_first_epoch_is_not_announced_by_one_who_slept(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_turn = epoch._one_at_a_time  # noqa: SLF001  the moment between writing and announcing
    turns = 0

    @contextmanager
    def sleep_before_the_second_turn() -> Iterator[None]:
        nonlocal turns
        turns += 1
        if turns == 2:
            use("one", at=now + timedelta(seconds=2))  # in the second epoch, by somebody else
            wipe()
        with take_turn():
            yield

    monkeypatch.setattr(epoch, "_one_at_a_time", sleep_before_the_second_turn)
    current_epoch()

    with pytest.raises(IssuedBeforeMemory):
        use("one", at=now + timedelta(seconds=40), issued_at=now)
