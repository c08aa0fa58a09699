"""`make restore [TO=…]`: bring back the database and its documents, as of a moment if given.

1. Nothing runs here, and the secrets are those of the backup.
2. The base is read again, every byte (pg_verifybackup).
3. Base and log are copied beside the data; PostgreSQL replays the log up to the moment.
4. Documents that are missing come back; those in a bucket are their own backup's to bring back.
5. `finish_restore` looks for a file behind every row, ends sessions and tokens, switches
   functions off, begins a new epoch, and records what was done.
6. With a moment, the end of the same log is replayed too, in a cluster of its own, and what the
   restored database has lost is read there and listed. If that can't be, the restore stands
   without its list, and says so.
7. Only then does the restored cluster take the place of the data, which is kept beside it.

Any other step that fails leaves everything as it was.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg2

from corpid.embedded.accounts import Account
from corpid.embedded.backup import files_folder, verify_base
from corpid.embedded.backups import Backups, BackupSet, backup_folder
from corpid.embedded.mirrored_files import copy_missing_files
from corpid.embedded.postgresql import SUPERUSER, DatabaseDidNotStart, PostgreSQL
from corpid.embedded.provisioning import APPLICATION
from corpid.embedded.roles import ROOT
from corpid.embedded.run import state_folder
from corpid.embedded.servers import Servers, stop_postgresql, stop_valkey
from corpid.embedded.state import State

_REPLAYED_WITHIN = 24 * 3600.0  # seconds
_NOT_REACHED = "recovery ended before configured recovery target was reached"


class RestoreRefused(RuntimeError):
    """It can't be done, or not truthfully; everything is as it was."""


def restore(wanted: str = "") -> int:
    """Restore to a moment of ISO 8601 with its offset, or to the end of the log."""
    state = State(state_folder())
    began = time.monotonic()
    try:
        state.hold()
        moment = _read_moment(wanted)
        chosen = Backups(backup_folder(state.folder)).reaching(moment)
        chosen.refuse_other_secrets(_secrets(state))
        verify_base(chosen)
        _restore(state, chosen, moment)
    except (RuntimeError, OSError) as refusal:  # a full disk, say
        print(f"Nothing was restored. {refusal}", file=sys.stderr)
        return 1
    print(f"Restored from {chosen.folder} in {time.monotonic() - began:.1f} s.")
    print("Start with `make run`, then take a new backup: the log of this one has ended.")
    return 0


def _read_moment(wanted: str) -> datetime | None:
    if not wanted:
        return None
    try:
        moment = datetime.fromisoformat(wanted)
    except ValueError:
        raise RestoreRefused(
            f"{wanted!r} is no time as in 2026-03-01T12:00:00+08:00."
        ) from None
    if moment.tzinfo is None:
        raise RestoreRefused(f"{wanted!r} doesn't say its offset from UTC, as in +08:00 or Z.")
    if moment > datetime.now(UTC):
        raise RestoreRefused(f"{wanted} has not come yet.")
    return moment.astimezone(UTC)


def _secrets(state: State) -> dict[str, str]:
    """Return what is here; a restore never draws new ones."""
    if not (state.folder / "secrets.json").exists():
        raise RestoreRefused(
            f"{state.folder / 'secrets.json'} is missing. It is not in the backup, on purpose: "
            "put back the copy that you keep elsewhere."
        )
    return state.secrets()


def _restore(state: State, chosen: BackupSet, moment: datetime | None) -> None:
    servers = Servers(state.folder, logs=state.logs)
    place = servers.postgresql.data
    beside = place.with_name("postgresql.restored")
    log_to_replay = place.with_name("log-to-replay")
    try:
        for folder in (beside, log_to_replay):
            shutil.rmtree(folder, ignore_errors=True)
        account = servers.postgresql.account
        _lay_out_base(chosen, beside, account)
        _lay_out_log(chosen, log_to_replay, account)
        recovering = replace(
            servers.postgresql,
            data=beside,
            log=state.new_log("restore"),
            settings=_recovery_settings(log_to_replay, moment),
        )
        process = _recover(recovering, chosen, moment)
        try:
            _bring_back_documents(state, chosen)
            _finish(state, servers, chosen, moment)
            if moment is not None:
                _list_what_was_lost(state, servers, chosen, log_to_replay)
        finally:
            stop_postgresql(process)
        put_in_place(beside, place)
        for each in Backups(chosen.folder.parent).whole():
            each.end("restored: what follows is another past")
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(log_to_replay, ignore_errors=True)
        servers.forget_sockets()


def _lay_out_base(chosen: BackupSet, beside: Path, account: Account) -> None:
    """Copy the base to where the servers' account reads and writes."""
    shutil.copytree(chosen.base, beside, symlinks=True)
    (beside / "recovery.signal").touch()
    _give(beside, account)


def _lay_out_log(chosen: BackupSet, log: Path, account: Account) -> None:
    log.mkdir(mode=0o700)
    for segment in chosen.wal.iterdir():
        # The last one is received up to somewhere: the replay ends where its records end.
        shutil.copyfile(segment, log / segment.name.removesuffix(".partial"))
    _give(log, account)


def _give(folder: Path, account: Account) -> None:
    account.owns(folder)
    for path in folder.rglob("*"):
        account.owns(path)


def _recovery_settings(log: Path, moment: datetime | None) -> dict[str, str]:
    settings = {
        "restore_command": f'cp "{log}/%f" "%p"',
        "recovery_target_action": "promote",
    }
    if moment is not None:
        settings["recovery_target_time"] = moment.isoformat()
    return settings


def _recover(
    recovering: PostgreSQL, chosen: BackupSet, moment: datetime | None
) -> subprocess.Popen[bytes]:
    """Replay, and return the server once it takes writes."""
    try:
        process = recovering.start()
    except DatabaseDidNotStart:
        raise _why_not(recovering.log, chosen, moment) from None
    deadline = time.monotonic() + _REPLAYED_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        if _takes_writes(recovering.superuser_url):
            return process
        time.sleep(0.1)
    stop_postgresql(process)
    raise _why_not(recovering.log, chosen, moment)


def _takes_writes(url: str) -> bool:
    try:
        opened = psycopg2.connect(url)
    except psycopg2.OperationalError:  # ended meanwhile: its log says why
        return False
    try:
        with opened.cursor() as cursor:
            cursor.execute("SELECT NOT pg_is_in_recovery()")
            return cursor.fetchone() == (True,)
    except psycopg2.OperationalError:
        return False
    finally:
        opened.close()


def _why_not(log: Path, chosen: BackupSet, moment: datetime | None) -> RestoreRefused:
    said = log.read_text(errors="replace")
    if _NOT_REACHED in said:
        return RestoreRefused(
            f"{chosen.folder.name} holds nothing committed after {moment}. "
            "Restore without TO, to the end of its log."
        )
    return RestoreRefused(f"PostgreSQL could not replay the log:\n{said[-2000:]}")


def _bring_back_documents(state: State, chosen: BackupSet) -> None:
    files = files_folder(state, os.environ)
    if files is None:
        print("The documents are those of the bucket of FILES_STORE; none came from here.")
        return
    copy_missing_files(chosen.folder.parent / "files", files).refuse_damage()


def _finish(state: State, servers: Servers, chosen: BackupSet, moment: datetime | None) -> None:
    words = ["finish_restore", "--backup", chosen.folder.name, "--by", "make-restore"]
    if moment is not None:
        words += ["--to", moment.isoformat()]
    valkey = servers.valkey.start()
    try:
        print(_manage(words, _environment(state, servers)), end="")
    finally:
        stop_valkey(valkey)


def _environment(state: State, servers: Servers) -> dict[str, str]:
    return {
        **os.environ,
        **state.secrets(),
        **servers.environment(),
        "CORPID_MODE": "sandbox",
        "CORPID_VAR": str(state.folder),
        "BASE_URL": "http://localhost",
    }


def _manage(words: list[str], environment: Mapping[str, str]) -> str:
    """Run a command of manage.py and return what it said. Raises RestoreRefused."""
    command = [sys.executable, "manage.py", *words]
    ended = subprocess.run(
        command, check=False, env=environment, cwd=ROOT, capture_output=True, text=True
    )
    if ended.returncode != 0:
        raise RestoreRefused(ended.stderr.strip()[-2000:])
    return ended.stdout


def _list_what_was_lost(
    state: State, servers: Servers, chosen: BackupSet, log_to_replay: Path
) -> None:
    """Replay the end of the log beside; the restored server runs on and says what it has."""
    file = state.folder / f"lost-events-{datetime.now(UTC):%Y%m%dT%H%M%S}.jsonl"
    try:
        exported = _export_what_followed(state, servers, chosen, log_to_replay)
        file.touch(mode=0o600)
        file.write_text(exported)
        words = ["list_lost_events", str(file), "--by", "make-restore"]
        print(_manage(words, _environment(state, servers)), end="")
        print(f"These events are kept in {file}.")
    except (RuntimeError, OSError, psycopg2.Error) as failure:
        print(
            f"What was lost since then could not be listed: {failure}\n"
            "docs/production.md (Backups) says where else it may be read."
        )


def _export_what_followed(
    state: State, servers: Servers, chosen: BackupSet, log_to_replay: Path
) -> str:
    size = _size_of_restored_log(servers.postgresql)
    later = servers.postgresql.data.with_name("postgresql.later")
    sockets = Path(tempfile.mkdtemp(prefix="corpid-", dir=servers.sockets.parent))
    try:
        servers.postgresql.account.owns(sockets)
        shutil.rmtree(later, ignore_errors=True)
        _lay_out_base(chosen, later, servers.postgresql.account)
        recovering = replace(
            servers.postgresql,
            data=later,
            sockets=sockets,
            log=state.new_log("restore-later"),
            settings=_recovery_settings(log_to_replay, None),
        )
        process = _recover(recovering, chosen, None)
        try:
            environment = _environment(state, servers)
            environment["DATABASE_URL"] = recovering.url(APPLICATION)
            return _manage(["export_events", "--after", str(size)], environment)
        finally:
            stop_postgresql(process)
    finally:
        shutil.rmtree(later, ignore_errors=True)
        shutil.rmtree(sockets, ignore_errors=True)


def _size_of_restored_log(restored: PostgreSQL) -> int:
    with closing(psycopg2.connect(restored.url(SUPERUSER))) as opened:
        with opened.cursor() as cursor:
            cursor.execute(
                "SELECT log_size FROM restores_restoration ORDER BY begun_at DESC LIMIT 1"
            )
            (size,) = cursor.fetchone() or (0,)
        return int(size)


def put_in_place(beside: Path, place: Path) -> None:
    """Exchange them, or leave both as they are. Raises RestoreRefused."""
    if place.exists():
        kept = place.with_name(f"postgresql.before-{datetime.now(UTC):%Y%m%dT%H%M%S}")
        place.rename(kept)
        try:
            beside.rename(place)
        except OSError as failure:
            kept.rename(place)
            raise RestoreRefused(f"{place} could not be replaced: {failure}") from failure
        print(f"The data that was there is kept in {kept}.")
    else:
        beside.rename(place)
