"""Whatever a file does to its reader, the caller gets an answer and nothing else is harmed."""

import io
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from corpid.rendering import fence
from corpid.rendering.fence import FileUnreadable, Limits, run_fenced

TASKS = "tests.rendering.fenced_tasks"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[BinaryIO]:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with path.open("rb") as opened:
        yield opened


def test_a_task_reads_the_file_and_answers(file: BinaryIO) -> None:
    assert run_fenced(task=f"{TASKS}:read_all", file=file) == b"content"


def test_a_task_that_never_ends_is_stopped_by_its_cpu_limit(file: BinaryIO) -> None:
    with pytest.raises(FileUnreadable, match="limits"):
        run_fenced(task=f"{TASKS}:spin", file=file, limits=Limits(cpu_seconds=1))


def test_a_task_that_sleeps_is_stopped_by_its_wall_limit(file: BinaryIO) -> None:
    with pytest.raises(FileUnreadable, match="limits"):
        run_fenced(task=f"{TASKS}:sleep", file=file, limits=Limits(wall_seconds=1))


@pytest.mark.parametrize(("share", "holds"), [(0.5, True), (1.5, False)])
def test_memory_ends_at_the_limit(file: BinaryIO, share: float, holds: bool) -> None:  # noqa: FBT001  a parameter of the test
    memory = 256 * 1024 * 1024
    wished = int(memory * share)

    def hoard() -> bytes:
        return run_fenced(
            task=f"{TASKS}:hoard",
            file=file,
            arguments={"bytes": wished},
            limits=Limits(memory_bytes=memory),
        )

    if holds:
        assert hoard() == str(wished).encode()
    else:
        with pytest.raises(FileUnreadable, match="MemoryError"):
            hoard()


def test_a_crash_is_an_answer(file: BinaryIO) -> None:
    with pytest.raises(FileUnreadable, match="crashed"):
        run_fenced(task=f"{TASKS}:crash", file=file)


def test_an_answer_longer_than_allowed_is_cut_off(file: BinaryIO) -> None:
    with pytest.raises(FileUnreadable, match="too much"):
        run_fenced(
            task=f"{TASKS}:answer_much",
            file=file,
            arguments={"bytes": 3_000_000},
            limits=Limits(answer_bytes=1_000_000),
        )


def test_nothing_can_be_written_to_disk(file: BinaryIO, tmp_path: Path) -> None:
    target = tmp_path / "harm"

    with pytest.raises(FileUnreadable):
        run_fenced(task=f"{TASKS}:write_a_file", file=file, arguments={"path": str(target)})

    assert not target.exists() or target.read_bytes() == b""


def test_no_secret_and_no_connection_comes_along(
    file: BinaryIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "leakable")
    fence.stop()

    answer = run_fenced(task=f"{TASKS}:look_around", file=file).decode()

    names, inherited = eval(answer)  # noqa: S307  written by our own task
    assert "SECRET_KEY" not in names
    assert inherited == []


def test_a_server_that_was_killed_is_started_again(file: BinaryIO) -> None:
    run_fenced(task=f"{TASKS}:read_all", file=file)
    server = fence._server  # noqa: SLF001  the one to kill
    assert server is not None
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(timeout=5)

    assert run_fenced(task=f"{TASKS}:read_all", file=file) == b"content"


def test_a_task_whose_server_died_before_it_began_says_nothing_of_the_file(
    file: BinaryIO,
) -> None:
    run_fenced(task=f"{TASKS}:read_all", file=file)
    server = fence._server  # noqa: SLF001  the one to kill
    assert server is not None
    os.kill(server.process.pid, signal.SIGSTOP)  # the task waits in its socket
    threading.Timer(0.5, server.process.kill).start()

    assert run_fenced(task=f"{TASKS}:read_all", file=file) == b"content"


def test_a_file_without_a_descriptor_is_our_mistake_not_the_files() -> None:
    with pytest.raises(io.UnsupportedOperation):
        run_fenced(task=f"{TASKS}:read_all", file=io.BytesIO(b"content"))
