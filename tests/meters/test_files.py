"""Several processes count; whoever reads sees one sum, and the dead stay counted."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from corpid.meters.files import read_counts

# A process of ours, without Django: it counts as it is told on its standard input.
COUNTING = """
import os, sys
from pathlib import Path
from corpid.meters.files import count_in
count_in(Path(sys.argv[1]))
from prometheus_client import CollectorRegistry, Counter, Histogram
registry = CollectorRegistry()
done = Counter("done", "d", ["kind"], registry=registry)
took = Histogram("took", "t", ["kind"], buckets=(1, 5), registry=registry)
print("ready", flush=True)
for line in sys.stdin:
    match line.split():
        case ["count", number]:
            done.labels(kind="a").inc(int(number))
            took.labels(kind="a").observe(int(number))
        case ["fork", number]:
            if (child := os.fork()) == 0:
                done.labels(kind="a").inc(int(number))
                os._exit(0)
            os.waitpid(child, 0)
    print("ok", flush=True)
"""


class Process:
    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", COUNTING, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer("ready")

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        self._answer("ok")

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait() == 0
        assert self.process.stdout is not None
        self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()

    def _answer(self, expected: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == expected


@contextmanager
def processes(folder: Path, number: int) -> Iterator[list[Process]]:
    running = [Process(folder) for _ in range(number)]
    try:
        yield running
    finally:
        for each in running:
            if each.process.returncode is None:
                each.kill()


def counted(folder: Path) -> dict[str, float]:
    return {
        sample.name
        + ("_le_" + sample.labels["le"] if "le" in sample.labels else ""): sample.value
        for metric in read_counts(folder)
        for sample in metric.samples
    }


def files(folder: Path) -> list[str]:
    return sorted(path.name.split("_")[0].split("-")[0] for path in folder.iterdir())


def test_counts_of_two_processes_add_up(tmp_path: Path) -> None:
    with processes(tmp_path, 2) as (one, other):
        one.say("count 3")
        other.say("count 4")
        other.say("count 1")

        assert counted(tmp_path) == {
            "done_total": 8.0,
            "took_bucket_le_1.0": 1.0,
            "took_bucket_le_5.0": 3.0,
            "took_bucket_le_+Inf": 3.0,
            "took_count": 3.0,
            "took_sum": 8.0,
        }


def test_a_killed_process_stays_counted_and_its_files_go(tmp_path: Path) -> None:
    with processes(tmp_path, 2) as (one, other):
        one.say("count 3")
        other.say("count 4")
        before = counted(tmp_path)

        one.kill()

        assert counted(tmp_path) == before
        assert files(tmp_path) == ["alive", "counter", "folded", "histogram", "lock"]
        other.say("count 1")
        assert counted(tmp_path)["done_total"] == 8.0


def test_files_do_not_pile_up_with_the_dead(tmp_path: Path) -> None:
    for _ in range(4):
        with processes(tmp_path, 1) as (one,):
            one.say("count 2")
        counted(tmp_path)

    assert counted(tmp_path)["done_total"] == 8.0
    assert counted(tmp_path)["took_bucket_le_5.0"] == 4.0
    assert files(tmp_path) == ["folded", "lock"]


def test_a_forked_child_counts_for_itself(tmp_path: Path) -> None:
    with processes(tmp_path, 1) as (one,):
        one.say("count 3")
        one.say("fork 5")
        one.say("count 1")

        assert counted(tmp_path)["done_total"] == 9.0


def test_a_process_that_counts_nothing_takes_no_file(tmp_path: Path) -> None:
    with processes(tmp_path, 1):
        assert counted(tmp_path) == {}
        assert files(tmp_path) == ["lock"]


def test_a_folder_that_is_not_there_yet_is_read_as_empty(tmp_path: Path) -> None:
    assert read_counts(tmp_path / "later") == []


def test_a_reader_killed_before_it_removed_what_it_folded_counts_nothing_twice(
    tmp_path: Path,
) -> None:
    folder, kept = tmp_path / "metrics", tmp_path / "kept"
    with processes(folder, 1) as (one,):
        one.say("count 3")
    shutil.copytree(folder, kept)
    assert counted(folder)["done_total"] == 3.0
    shutil.copytree(kept, folder, dirs_exist_ok=True)  # as if nothing had been removed
    assert {"counter", "folded"} <= set(files(folder))

    assert counted(folder)["done_total"] == 3.0
    assert files(folder) == ["folded", "lock"]


def test_a_reader_killed_before_its_generation_counts_loses_nothing(tmp_path: Path) -> None:
    with processes(tmp_path, 1) as (one,):
        one.say("count 3")
    (tmp_path / "part-left").mkdir()
    (tmp_path / "part-left" / "counter_folded.db").write_bytes(b"half")

    assert counted(tmp_path)["done_total"] == 3.0
    assert files(tmp_path) == ["folded", "lock"]


def test_a_process_killed_while_it_took_its_files_spoils_nothing(tmp_path: Path) -> None:
    with processes(tmp_path, 1) as (one,):
        one.say("count 3")
        (tmp_path / "alive_0123").touch()
        (tmp_path / "counter_0123.db").touch()
        (tmp_path / "histogram_4567.db").touch()  # not even its lock

        assert counted(tmp_path)["done_total"] == 3.0
        assert files(tmp_path) == ["alive", "counter", "folded", "histogram", "lock"]


def test_the_name_of_the_dead_is_read_from_the_generation_alone(tmp_path: Path) -> None:
    with processes(tmp_path, 1) as (one,):
        one.say("count 3")
    counted(tmp_path)

    [generation] = tmp_path.glob("folded-*")

    assert len(json.loads((generation / "processes.json").read_text())) == 1


def test_a_process_without_room_works_on_uncounted(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.write_text("a file where the folder should be")
    memory = Path("/dev/shm")  # noqa: S108  where such a process counts for itself
    before = set(memory.glob("tmp*/counter_*.db"))

    with processes(folder, 1) as (one,):
        one.say("count 3")
        own = set(memory.glob("tmp*/counter_*.db")) - before
        one.end()

    assert len(own) == 1
    assert not own.pop().parent.exists()
    assert folder.read_text() == "a file where the folder should be"


def test_room_is_taken_before_it_is_needed(tmp_path: Path) -> None:
    with processes(tmp_path, 1) as (one,):
        one.say("count 3")

        for kind in ("counter", "histogram"):
            [file] = tmp_path.glob(f"{kind}_*.db")
            assert file.stat().st_blocks * 512 >= 1024 * 1024


@pytest.mark.parametrize("generation", [None, 1])
def test_a_full_disk_when_folding_costs_no_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, generation: int | None
) -> None:
    for _ in range(generation or 0):
        with processes(tmp_path, 1) as (one,):
            one.say("count 2")
        counted(tmp_path)
    with processes(tmp_path, 1) as (one,):
        one.say("count 3")

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", no_room)

    assert counted(tmp_path)["done_total"] == 3.0 + 2.0 * (generation or 0)
