import os
import time

import pytest

from corpid.keys.bounded import Bounded, forget_everything


def test_what_was_kept_is_found_until_it_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    memory: Bounded[str, int] = Bounded(entries=10, seconds=60)
    memory.put("a", 1)

    now[0] += 59.9
    just_before = memory.peek("a")
    now[0] += 0.1

    assert (just_before, memory.peek("a")) == (1, None)


def test_the_least_recently_used_goes_first() -> None:
    memory: Bounded[str, int] = Bounded(entries=2, seconds=60)
    memory.put("a", 1)
    memory.put("b", 2)
    memory.peek("a")
    memory.put("c", 3)

    assert [memory.peek(name) for name in "abc"] == [1, None, 3]


def test_a_failed_load_keeps_nothing() -> None:
    memory: Bounded[str, int] = Bounded(entries=2, seconds=60)

    for _ in range(2):
        try:
            memory.get("a", lambda: 1 // 0)
        except ZeroDivisionError:
            continue

    assert memory.get("a", lambda: 1) == 1


def test_a_forked_child_remembers_nothing_and_its_parent_still_does() -> None:
    memory: Bounded[str, int] = Bounded(entries=2, seconds=60)
    memory.put("a", 1)

    child = os.fork()
    if child == 0:
        os._exit(0 if memory.peek("a") is None else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert memory.peek("a") == 1


def test_everything_is_forgotten_on_request() -> None:
    memory: Bounded[str, int] = Bounded(entries=2, seconds=60)
    memory.put("a", 1)

    forget_everything()

    assert memory.peek("a") is None
