"""What is no backup is not taken for one, and a restore that can't be does nothing."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from corpid.embedded.archiver import Archiver
from corpid.embedded.backup import backup, clear_interrupted, take_backup
from corpid.embedded.backups import (
    Backups,
    BackupSet,
    BackupUnderWay,
    NoSuchBackup,
    backup_folder,
)
from corpid.embedded.mirrored_files import CopyDamaged, Mirror, copy_missing_files
from corpid.embedded.places import place_outside
from corpid.embedded.postgresql import FAST_AND_LOOSE, DatabaseDidNotStart
from corpid.embedded.restore import RestoreRefused, put_in_place, restore
from corpid.embedded.roles import ROOT
from corpid.embedded.servers import Servers, stop_postgresql
from corpid.embedded.state import State
from corpid.files.local_storage import LocalStorage

SLOTS = "SELECT count(*) FROM pg_replication_slots"


class Kept:
    """A cluster with nothing in it, one backup of it, and the folder of both."""

    def __init__(self, folder: Path, url: str) -> None:
        self.state = State(folder)
        self.url = url
        self.backups = Backups(backup_folder(folder))
        self.first = self.backup()

    def backup(self) -> BackupSet:
        return take_backup(
            self.url,
            backups=self.backups,
            files=self.state.folder / "files",
            secrets=self.state.secrets(),
        )

    def slots(self) -> int:
        with closing(psycopg2.connect(self.url)) as opened, opened.cursor() as cursor:
            cursor.execute(SLOTS)
            (count,) = cursor.fetchone() or (-1,)
            return int(count)

    def slot_names(self) -> set[str]:
        with closing(psycopg2.connect(self.url)) as opened, opened.cursor() as cursor:
            cursor.execute("SELECT slot_name FROM pg_replication_slots")
            return {name for (name,) in cursor.fetchall()}

    def drop_slots(self) -> None:
        with closing(psycopg2.connect(self.url)) as opened, opened.cursor() as cursor:
            cursor.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
            )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("backed-up") / "var"
    state = State(folder)
    state.secrets()
    servers = Servers(folder, logs=state.logs, settings=FAST_AND_LOOSE)
    process = servers.postgresql.start()
    try:
        yield Kept(folder, servers.postgresql.superuser_url)
    finally:
        stop_postgresql(process, at_once=True)
        servers.forget_sockets()
        shutil.rmtree(place_outside(folder), ignore_errors=True)


@pytest.fixture
def elsewhere(made: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """The same backup, copied to where a test may spoil it, and no data beside it."""
    state = State(tmp_path / "var")
    shutil.copyfile(made.state.folder / "secrets.json", state.folder / "secrets.json")
    first = tmp_path / "var-backup" / made.first.folder.name
    shutil.copytree(made.first.folder, first, symlinks=True)
    monkeypatch.setenv("CORPID_VAR", str(state.folder))
    monkeypatch.delenv("FILES_DIR", raising=False)
    copied = object.__new__(Kept)
    copied.state, copied.url = state, made.url
    copied.backups = Backups(tmp_path / "var-backup")
    copied.first = BackupSet(first)
    return copied


def refusal(capsys: pytest.CaptureFixture[str], wanted: str = "") -> str:
    assert restore(wanted) == 1
    return capsys.readouterr().err


def store(state: State, content: bytes) -> Path:
    digest = hashlib.sha256(content).hexdigest()
    file = state.folder / "files" / digest[:2] / digest[2:4] / digest
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return file


def test_a_backup_of_one_changed_byte_is_refused(
    elsewhere: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = (elsewhere.first.base / "base" / "1").iterdir()
    catalogue = max(tables, key=lambda table: table.stat().st_size)
    content = bytearray(catalogue.read_bytes())
    content[100] ^= 1
    catalogue.write_bytes(content)

    said = refusal(capsys)

    assert said.startswith("Nothing was restored. pg_verifybackup says:")
    assert "checksum mismatch" in said


def test_a_backup_without_one_of_its_files_is_refused(
    elsewhere: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere.first.base / "PG_VERSION").unlink()

    assert "present in the manifest but not on disk" in refusal(capsys)


def test_a_backup_that_was_interrupted_is_none(
    elsewhere: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere.first.folder / "backup.json").unlink()

    assert "holds no backup that is whole" in refusal(capsys)


def test_a_restore_under_another_key_encryption_key_is_refused(
    elsewhere: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = elsewhere.state.folder / "secrets.json"
    other = {**elsewhere.state.secrets(), "KEY_ENCRYPTION_KEY": "another"}
    secrets.write_text(str(other).replace("'", '"'))

    said = refusal(capsys)

    assert "KEY_ENCRYPTION_KEY: not the value" in said
    assert "SECRET_KEY" not in said


def test_a_restore_without_the_secrets_draws_no_new_ones(
    elsewhere: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = elsewhere.state.folder / "secrets.json"
    secrets.unlink()

    assert "put back the copy that you keep elsewhere" in refusal(capsys)
    assert not secrets.exists()


def test_no_secret_is_in_a_backup(made: Kept) -> None:
    written = (made.first.folder / "backup.json").read_text()

    assert not [secret for secret in made.state.secrets().values() if secret in written]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("yesterday", "'yesterday' is no time"),
        ("2026-03-01T12:00:00", "doesn't say its offset"),
        ("2001-03-01T12:00:00Z", "The first backup reaches back to"),
        ("2999-03-01T12:00:00Z", "has not come yet"),
    ],
)
def test_a_moment_that_can_not_be_reached_is_refused(
    elsewhere: Kept, capsys: pytest.CaptureFixture[str], wanted: str, said: str
) -> None:
    assert said in refusal(capsys, wanted)


def test_nothing_is_restored_over_a_corp_id_that_runs(
    elsewhere: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere.state.hold()

    assert "already runs" in refusal(capsys)


def test_the_newest_backup_before_the_moment_is_taken(made: Kept) -> None:
    before = made.backups.whole()[-1]
    second = made.backup()

    assert made.backups.reaching(None) == second
    assert made.backups.reaching(second.reaches_from) == second
    just_before = second.reaches_from - timedelta(milliseconds=1)
    assert made.backups.reaching(just_before) == before
    with pytest.raises(NoSuchBackup):
        made.backups.reaching(made.first.reaches_from - timedelta(milliseconds=1))
    assert made.slots() == 1  # the server keeps nothing for the first any more


def test_a_damaged_document_leaves_no_backup_behind(made: Kept) -> None:
    whole, slots = made.backups.whole(), made.slots()
    file = store(made.state, b"%PDF-1.7 as signed")
    file.write_bytes(b"%PDF-1.7 as changed")

    with pytest.raises(CopyDamaged, match=file.name):
        made.backup()

    file.unlink()
    assert made.backups.whole() == whole
    assert made.slots() == slots


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def killed(made: Kept, running: Callable[[dict[str, str]], None]) -> Path:
    """The folder of a `make backup` that was killed while it copied; its slot is left."""
    running({"MIGRATION_DATABASE_URL": made.url})
    slots, before = made.slots(), {*made.backups.folder.iterdir(), made.backups.folder / "lock"}
    process = subprocess.Popen(
        [sys.executable, "-m", "corpid.embedded", "backup"],
        cwd=ROOT,
        env={**os.environ, "CORPID_VAR": str(made.state.folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: made.slots() > slots)
    process.kill()
    process.wait()
    (left,) = {*made.backups.folder.iterdir()} - before
    assert BackupSet(left).slot in made.slot_names()
    return left


def test_the_next_backup_clears_away_what_a_killed_one_has_left(
    made: Kept, killed: Path
) -> None:
    """Nobody would ever read its slot, and the server would keep the log for it."""
    taken = made.backup()

    assert not killed.exists()
    assert made.slot_names() == {taken.slot}


def test_the_archiver_clears_it_away_without_a_backup(made: Kept, killed: Path) -> None:
    current = made.backups.current()
    archiver = Archiver(
        made.backups, {"MIGRATION_DATABASE_URL": made.url}, made.state.folder / "files"
    )

    try:
        turn_until(archiver, lambda: not killed.exists())
    finally:
        archiver.stop()

    assert BackupSet(killed).slot not in made.slot_names()
    assert made.backups.current() == current


def test_a_folder_whose_disk_is_away_costs_no_slot(made: Kept, tmp_path: Path) -> None:
    taken = made.backup()

    clear_interrupted(made.url, Backups(tmp_path))

    assert made.slot_names() == {taken.slot}


def test_a_backup_that_is_under_way_is_not_cleared_away(made: Kept) -> None:
    begun = made.backups.begin(datetime.now(UTC))
    archiver = Archiver(
        made.backups, {"MIGRATION_DATABASE_URL": made.url}, made.state.folder / "files"
    )
    try:
        with made.backups.alone():
            with pytest.raises(BackupUnderWay):
                made.backup()
            archiver.turn()

            assert begun.folder.exists()
    finally:
        archiver.stop()
        shutil.rmtree(begun.folder)


@pytest.fixture
def running(made: Kept, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], None]:
    """Let the cluster look as if `make run` had started it with a given environment."""
    monkeypatch.setenv("CORPID_VAR", str(made.state.folder))
    if not made.state.is_held():
        made.state.hold()

    def run_with(environment: dict[str, str]) -> None:
        made.state.write_environment({**made.state.secrets(), **environment})

    return run_with


def test_a_backup_without_the_documents_of_a_bucket_does_not_call_itself_whole(
    made: Kept,
    running: Callable[[dict[str, str]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    passing_through = store(made.state, b"%PDF-1.7 on its way")
    running({"MIGRATION_DATABASE_URL": made.url, "FILES_STORE": "s3://documents"})

    assert backup() == 0

    passing_through.unlink()
    said = capsys.readouterr().out
    assert "holds the database, and no documents" in said
    assert "bucket of FILES_STORE, which needs a backup of its own" in said
    assert "is whole" not in said
    taken = made.backups.whole()[-1]
    assert not (taken.folder / "progress.json").exists()
    assert not list(made.backups.files.rglob(passing_through.name))


def test_a_backup_with_its_documents_is_whole(
    made: Kept,
    running: Callable[[dict[str, str]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    running({"MIGRATION_DATABASE_URL": made.url})

    assert backup() == 0

    said = capsys.readouterr().out
    assert "is whole; the log goes on" in said
    assert "FILES_STORE" not in said


def test_no_backup_is_begun_of_a_postgresql_that_is_anothers(
    made: Kept,
    running: Callable[[dict[str, str]], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing would receive its log: `make run` starts no archiver for it."""
    monkeypatch.setenv("BACKUP_DATABASE_URL", made.url)
    running({"MIGRATION_DATABASE_URL": "postgres://owner@db.example/corpid"})
    whole, slots = made.backups.whole(), made.slots()

    assert backup() == 1

    assert "PostgreSQL is another's" in capsys.readouterr().err
    assert (made.backups.whole(), made.slots()) == (whole, slots)


def test_documents_are_copied_once_and_never_taken_away(tmp_path: Path) -> None:
    state, target = State(tmp_path / "var"), tmp_path / "kept"
    file = store(state, b"%PDF-1.7")
    (file.parent / ".arriving-1").write_bytes(b"half")

    counts = [copy_missing_files(state.folder / "files", target).copied for _ in range(2)]
    file.unlink()
    counts.append(copy_missing_files(state.folder / "files", target).copied)

    assert counts == [1, 0, 0]
    assert [each.read_bytes() for each in target.rglob("*") if each.is_file()] == [b"%PDF-1.7"]


def test_a_set_that_has_ended_is_not_gone_on_with(tmp_path: Path) -> None:
    backups = Backups(tmp_path / "kept")
    begun = backups.begin(datetime(2026, 3, 1, tzinfo=UTC))
    assert backups.current() is None
    secrets = dict.fromkeys(("SECRET_KEY", "KEY_ENCRYPTION_KEY", "IDENTIFIER_HMAC_KEY"), "x")
    begun.complete(reaches_from=datetime(2026, 3, 1, tzinfo=UTC), secrets=secrets)
    assert backups.current() == begun

    begun.end("restored")

    assert backups.current() is None
    assert backups.whole() == [begun]  # what it holds stays good


def let_times_grow_old(folder: Path) -> None:
    """As if what is there had come an hour ago: times of a file system are coarse."""
    then = time.time() - 3600
    for each in [*folder.rglob("*")]:
        os.utime(each, (then, then))


def test_only_folders_that_changed_are_looked_into(tmp_path: Path) -> None:
    state = State(tmp_path / "var")
    source = state.folder / "files"
    for number in range(20):
        store(state, b"document %d" % number)
    let_times_grow_old(source)
    mirror = Mirror(source, tmp_path / "kept")
    first, second = mirror.copy_new(), mirror.copy_new()

    stored = keep(source, b"%PDF-1.7 new")
    third = mirror.copy_new()

    assert (first.copied, first.folders) == (20, 20)
    assert (second.copied, second.folders) == (0, 0)
    assert (third.copied, third.folders) == (1, 1)
    assert [each.name for each in (tmp_path / "kept").rglob(stored)] == [stored]


def test_a_document_in_a_folder_that_is_known_is_copied(tmp_path: Path) -> None:
    """The store touches the folder above, or nobody would look into this one."""
    state = State(tmp_path / "var")
    source = state.folder / "files"
    stored = keep(source, b"%PDF-1.7")
    (source / stored[:2] / stored[2:4] / stored).rename(tmp_path / stored)
    let_times_grow_old(source)
    mirror = Mirror(source, tmp_path / "kept")
    assert mirror.copy_new().copied == 0

    keep(source, b"%PDF-1.7")

    assert mirror.copy_new().copied == 1


def test_a_document_whose_process_died_before_it_touched_the_folder_is_copied_with_the_retry(
    tmp_path: Path,
) -> None:
    state = State(tmp_path / "var")
    source = state.folder / "files"
    stored = keep(source, b"%PDF-1.7")
    place = source / stored[:2] / stored[2:4] / stored
    place.rename(tmp_path / stored)
    let_times_grow_old(source)
    mirror = Mirror(source, tmp_path / "kept")
    mirror.copy_new()
    (tmp_path / stored).rename(place)
    missed = mirror.copy_new().copied

    keep(source, b"%PDF-1.7")

    assert (missed, mirror.copy_new().copied) == (0, 1)


def test_a_folder_with_a_damaged_document_is_looked_into_again(tmp_path: Path) -> None:
    state = State(tmp_path / "var")
    file = store(state, b"one")
    file.write_bytes(b"another")
    let_times_grow_old(state.folder / "files")
    mirror = Mirror(state.folder / "files", tmp_path / "kept")
    assert [mirror.copy_new().damaged for _ in range(2)] == [(file,), (file,)]

    file.write_bytes(b"one")  # healed; its folder does not change

    assert mirror.copy_new().copied == 1


def test_what_could_not_be_copied_is_not_taken_for_seen(tmp_path: Path) -> None:
    state, target = State(tmp_path / "var"), tmp_path / "kept"
    store(state, b"one")
    let_times_grow_old(state.folder / "files")
    target.write_bytes(b"no folder")  # stands for a disk that takes nothing
    mirror = Mirror(state.folder / "files", target)
    with pytest.raises(OSError, match="Not a directory"):
        mirror.copy_new()
    target.unlink()

    assert mirror.copy_new().copied == 1


def keep(folder: Path, content: bytes) -> str:
    """Store as the product does."""
    storage = LocalStorage(folder)
    digest = hashlib.sha256(content).hexdigest()
    with storage.arriving() as arriving:
        arriving.file.write(content)
        storage.keep(arriving, digest_hex=digest, size=len(content))
    return digest


def test_one_damaged_document_keeps_no_other_from_being_copied(tmp_path: Path) -> None:
    state, target = State(tmp_path / "var"), tmp_path / "kept"
    files = [store(state, content) for content in (b"one", b"two", b"three")]
    files[0].write_bytes(b"another")

    mirrored = copy_missing_files(state.folder / "files", target)

    assert (mirrored.copied, mirrored.damaged) == (2, (files[0],))


def test_the_log_is_received_until_the_server_has_lost_what_was_missing(made: Kept) -> None:
    taken = made.backup()
    archiver = Archiver(
        made.backups,
        {"MIGRATION_DATABASE_URL": made.url},
        made.state.folder / "files",
    )
    try:
        turn_until(archiver, lambda: any(taken.wal.glob("*.partial")))
        assert taken.files_until > taken.reaches_from
        archiver.stop()
        made.drop_slots()

        turn_until(archiver, lambda: taken.has_ended)
    finally:
        archiver.stop()

    assert "does not exist" in (taken.folder / "ended.json").read_text()
    assert made.backups.current() is None  # a gap: only a new backup goes on


def turn_until(archiver: Archiver, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        archiver.turn()
        time.sleep(0.2)


def test_a_swap_that_fails_leaves_the_data_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, beside = tmp_path / "postgresql", tmp_path / "postgresql.restored"
    for folder in (place, beside):
        folder.mkdir()
        (folder / "PG_VERSION").write_text(folder.name)
    renamed = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path == beside:
            raise OSError("no such luck")
        return renamed(path, target)

    monkeypatch.setattr(Path, "rename", refuse)

    with pytest.raises(RestoreRefused):
        put_in_place(beside, place)

    assert (place / "PG_VERSION").read_text() == "postgresql"
    assert beside.exists()


def test_no_empty_cluster_hides_the_data_of_a_restore_that_was_cut_off(made: Kept) -> None:
    place = made.state.folder / "postgresql"
    servers = Servers(made.state.folder, logs=made.state.logs, settings=FAST_AND_LOOSE)
    cut_off = replace(servers.postgresql, data=place.with_name("cut"))
    kept = place.with_name("cut.before-20260101T000000")
    kept.mkdir()

    with pytest.raises(DatabaseDidNotStart, match="was cut off"):
        cut_off.start()

    assert not cut_off.data.exists()
