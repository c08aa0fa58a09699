"""Trace ids of our own: never the same twice, in whatever process they are drawn."""

import os
import re

from corpid.tracing import begin_trace, current_trace_id, end_trace


def test_many_ids_are_well_formed_and_all_different() -> None:
    ids = [begin_trace(None) for _ in range(1000)]
    end_trace()

    assert len(set(ids)) == 1000
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


def test_a_forked_child_draws_ids_that_its_parent_never_gives() -> None:
    begin_trace(None)  # ids wait that the child could take for its own
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, begin_trace(None).encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    of_the_child = os.read(reading, 100).decode()
    os.close(reading)
    os.close(writing)

    of_the_parent = {begin_trace(None) for _ in range(1000)}
    end_trace()
    assert len(of_the_child) == 32
    assert of_the_child not in of_the_parent


def test_what_a_thread_did_before_is_forgotten() -> None:
    begin_trace("a" * 32, job_id="j1")
    begin_trace("b" * 32)

    assert current_trace_id() == "b" * 32
    end_trace()
    assert current_trace_id() is None
