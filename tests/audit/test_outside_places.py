"""One contract for every kind of place that keeps checkpoints."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors
import pytest
from botocore.exceptions import ClientError
from django.core.cache import cache
from django.db import connection
from pytest_django import Settings

from corpid.audit.models import REST_AFTER_FAILURE, Checkpoint, Follower
from corpid.audit.origin import published_verifier_keys
from corpid.audit.outside.configured import NoSuchKindOfPlace, outside_places, place_at
from corpid.audit.outside.database import TABLE
from corpid.audit.outside.folder import FilePlace
from corpid.audit.outside.place import OutsidePlace, PlaceNotAvailable
from corpid.audit.services.publish_checkpoint import publish_checkpoint
from corpid.audit.services.record_event import record_event
from corpid.audit.services.seal_events import seal_events
from corpid.audit.services.verify_log import verify_log
from tests.object_store import credentials, empty_s3, s3

__all__ = ["credentials", "empty_s3", "s3"]

NOW = datetime(2026, 3, 31, 23, 59, 58, tzinfo=UTC)  # Hong Kong is in April already
BUCKET = "corpid-audit"


def note(size: int, mark: str = "A") -> str:
    return (
        f"corpid.example/audit\n{size}\n{mark * 43}=\n\n— corpid.example/audit 香港{mark}==\n"
    )


@pytest.fixture
def bucket(empty_s3: Any) -> Any:
    """Make an empty bucket with object lock; give its owner's client."""
    empty_s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    return empty_s3


@pytest.fixture
def other_database(transactional_db: None) -> Iterator[str]:
    """Make another database, whose writer may insert and read; give the writer's address."""
    server = connection.get_connection_params()["host"]
    name = f"auditor_{connection.settings_dict['NAME']}"
    writer = f"writer_{connection.settings_dict['NAME']}"
    admin = psycopg2.connect(f"postgres://postgres@/postgres?host={server}")
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'DROP ROLE IF EXISTS "{writer}"')
        cursor.execute(f'CREATE ROLE "{writer}" LOGIN')
        cursor.execute(f'CREATE DATABASE "{name}"')
    owner = psycopg2.connect(f"postgres://postgres@/{name}?host={server}")
    with owner, owner.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.execute(f'GRANT SELECT, INSERT ON corpid_checkpoint TO "{writer}"')
    owner.close()
    yield f"postgres://{writer}@/{name}?host={server}"
    with admin.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        cursor.execute(f'DROP ROLE "{writer}"')
    admin.close()


@pytest.fixture(params=["folder", "file", "bucket", "database"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    match request.param:
        case "folder":
            return str(tmp_path / "kept")
        case "file":
            file = tmp_path / "kept.jsonl"
            file.touch()
            return str(file)
        case "bucket":
            request.getfixturevalue("bucket")
            return f"s3://{BUCKET}/log?endpoint={request.getfixturevalue('s3')}"
        case _:
            return str(request.getfixturevalue("other_database"))


@pytest.fixture
def place(address: str) -> OutsidePlace:
    return place_at(address)


def test_a_new_place_holds_nothing(place: OutsidePlace) -> None:
    assert list(place.notes()) == []


def test_notes_are_given_back_as_they_were_oldest_first(
    place: OutsidePlace, address: str
) -> None:
    for size in (9, 10, 200):
        place.append(note(size), signed_at=NOW + timedelta(seconds=size))

    assert list(place_at(address).notes()) == [note(9), note(10), note(200)]


def test_two_notes_of_one_size_are_both_kept(place: OutsidePlace) -> None:
    place.append(note(9, "A"), signed_at=NOW)
    place.append(note(9, "B"), signed_at=NOW)

    assert sorted(place.notes()) == [note(9, "A"), note(9, "B")]


def test_a_note_that_comes_twice_does_no_harm(place: OutsidePlace) -> None:
    place.append(note(9), signed_at=NOW)
    place.append(note(9), signed_at=NOW)

    assert set(place.notes()) == {note(9)}


def test_the_name_of_a_place_tells_no_secret() -> None:
    names = [
        place_at("postgres://writer:pa55word@db.example:5433/kept?sslmode=require").name,
        place_at("s3://bucket/log?endpoint=http://127.0.0.1:1&years=2").name,
        place_at("/mnt/auditor").name,
    ]

    assert names == ["postgres://db.example:5433/kept", "s3://bucket/log/", "/mnt/auditor"]


def nowhere_folder(tmp_path: Path) -> str:
    (tmp_path / "in-the-way").write_text("")
    return str(tmp_path / "in-the-way" / "folder")


def nowhere_file(tmp_path: Path) -> str:
    return str(tmp_path / "missing.jsonl")


def nowhere_bucket(_: Path) -> str:
    return "s3://bucket?endpoint=http://127.0.0.1:1"


def nowhere_database(_: Path) -> str:
    return "postgres://writer@127.0.0.1:1/kept"


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    "nowhere", [nowhere_folder, nowhere_file, nowhere_bucket, nowhere_database]
)
def test_a_place_that_is_not_there_says_so(
    nowhere: Callable[[Path], str], tmp_path: Path
) -> None:
    place = place_at(nowhere(tmp_path))

    with pytest.raises(PlaceNotAvailable, match=r"\w+"):
        place.append(note(9), signed_at=NOW)


def test_an_address_of_no_known_kind_is_refused() -> None:
    with pytest.raises(NoSuchKindOfPlace, match="ftp"):
        place_at("ftp://example.org/")


def test_a_folder_begins_a_file_each_month(tmp_path: Path) -> None:
    place = place_at(str(tmp_path))
    place.append(note(9), signed_at=NOW)
    place.append(note(10), signed_at=NOW + timedelta(seconds=2))

    names = sorted(file.name for file in tmp_path.iterdir())

    assert names == ["checkpoints-2026-03.jsonl", "checkpoints-2026-04.jsonl"]


def test_a_line_torn_by_a_full_disk_spoils_no_other(tmp_path: Path) -> None:
    place = place_at(str(tmp_path))
    place.append(note(9), signed_at=NOW)
    (file,) = tmp_path.iterdir()
    with file.open("a") as torn:
        torn.write('{"signed_at": "2026-')

    place.append(note(10), signed_at=NOW)

    kept = list(place.notes())
    assert [kept[0], kept[2]] == [note(9), note(10)]
    assert kept[1].startswith('{"signed_at"')


def test_a_disk_without_room_is_told() -> None:
    full = FilePlace(Path("/dev/full"))

    with pytest.raises(PlaceNotAvailable, match="ENOSPC"):
        full.append(note(9), signed_at=NOW)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of another owner")
def test_a_file_of_another_owner_stays_that_owners(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    file.touch()
    os.chown(file, 65534, os.getegid())

    place_at(str(file)).append(note(9), signed_at=NOW)

    assert file.stat().st_uid == 65534


def test_not_even_the_buckets_owner_deletes_a_note_before_its_time(
    bucket: Any, s3: str
) -> None:
    place = place_at(f"s3://{BUCKET}/log?endpoint={s3}&years=2")
    signed_at = datetime.now(tz=UTC)
    place.append(note(9), signed_at=signed_at)
    (version,) = bucket.list_object_versions(Bucket=BUCKET)["Versions"]
    named = {"Bucket": BUCKET, "Key": version["Key"], "VersionId": version["VersionId"]}

    with pytest.raises(ClientError, match="AccessDenied"):
        bucket.delete_object(**named, BypassGovernanceRetention=True)
    bucket.delete_object(Bucket=BUCKET, Key=version["Key"])  # a delete marker, no more

    locked = bucket.head_object(**named)
    assert locked["ObjectLockMode"] == "COMPLIANCE"
    assert locked["ObjectLockRetainUntilDate"] > signed_at + timedelta(days=729)
    assert list(place.notes()) == [note(9)]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM corpid_checkpoint",
        "UPDATE corpid_checkpoint SET note = 'x'",
        "TRUNCATE corpid_checkpoint",
        "DROP TABLE corpid_checkpoint",
    ],
)
def test_the_writer_of_the_other_database_changes_nothing(
    other_database: str, change: str
) -> None:
    place_at(other_database).append(note(9), signed_at=NOW)
    writer = psycopg2.connect(other_database)

    with pytest.raises(psycopg2.errors.InsufficientPrivilege), writer.cursor() as cursor:
        cursor.execute(change)
    writer.close()

    assert list(place_at(other_database).notes()) == [note(9)]


# -- Several places at once --------------------------------------------------------------------


def sealed(subject: str) -> None:
    record_event(kind="k", at=NOW, actor="system", subject=subject)
    seal_events()


@pytest.mark.usefixtures("log")
def test_a_place_that_fails_holds_up_no_other_and_is_told(
    settings: Settings, tmp_path: Path
) -> None:
    gone = str(tmp_path / "gone.jsonl")
    settings.AUDIT_CHECKPOINT_PLACES = [gone, str(tmp_path / "third")]
    sealed("s:1")

    taken = publish_checkpoint(at=NOW)

    assert taken == 2
    failing = Follower.objects.get(name=gone)
    assert (failing.failure, failing.failing_since, failing.size) == ("ENOENT", NOW, 0)
    assert Checkpoint.objects.get().published_at == NOW


@pytest.mark.usefixtures("log")
def test_a_place_that_comes_back_gets_the_newest_head(
    settings: Settings, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.jsonl"
    settings.AUDIT_CHECKPOINT_PLACES = [str(gone)]
    for moment in range(3):
        sealed(f"s:{moment}")
        publish_checkpoint(at=NOW + timedelta(seconds=moment))
    gone.touch()

    too_early = publish_checkpoint(at=NOW + REST_AFTER_FAILURE - timedelta(seconds=1))
    later = publish_checkpoint(at=NOW + REST_AFTER_FAILURE + timedelta(seconds=2))

    assert (too_early, later) == (0, 1)
    (kept,) = place_at(str(gone)).notes()
    assert kept.split("\n")[1] == "3"
    follower = Follower.objects.get(name=str(gone))
    assert (follower.size, follower.failure, follower.failing_since) == (3, "", None)
    verdict = verify_log(
        keys=published_verifier_keys(at=NOW), notes=place_at(str(gone)).notes()
    )
    assert verdict.is_intact
    assert verdict.covered == 3


@pytest.mark.usefixtures("log", "credentials")
def test_a_place_that_hangs_is_given_up_soon(settings: Settings) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        hanging = f"s3://bucket?endpoint=http://127.0.0.1:{deaf.getsockname()[1]}"
        settings.AUDIT_CHECKPOINT_PLACES = [hanging]
        sealed("s:1")
        began = time.monotonic()

        taken = publish_checkpoint(at=NOW)

    assert taken == 1
    assert time.monotonic() - began < 15
    assert Follower.objects.get(name="s3://bucket/").failure == "ReadTimeoutError"


@pytest.mark.usefixtures("log")
def test_a_second_run_leaves_the_places_to_the_first() -> None:
    sealed("s:1")
    cache.set("audit.publishing", 1)

    beside_another = publish_checkpoint(at=NOW)
    cache.delete("audit.publishing")

    assert (beside_another, publish_checkpoint(at=NOW)) == (0, 1)


@pytest.mark.usefixtures("log")
def test_a_head_that_no_place_took_is_not_given_out_as_published(
    settings: Settings, tmp_path: Path
) -> None:
    settings.AUDIT_CHECKPOINT_DIR = tmp_path / "file" / "folder"
    (tmp_path / "file").write_text("")
    sealed("s:1")

    publish_checkpoint(at=NOW)

    assert Checkpoint.objects.get().published_at is None


@pytest.mark.usefixtures("log")
def test_every_kind_of_place_takes_the_same_head(
    settings: Settings, tmp_path: Path, bucket: Any, s3: str, other_database: str
) -> None:
    file = tmp_path / "file.jsonl"
    file.touch()
    settings.AUDIT_CHECKPOINT_PLACES = [
        str(file),
        f"s3://{BUCKET}?endpoint={s3}",
        other_database,
    ]
    sealed("s:1")

    publish_checkpoint(at=NOW)

    signed = Checkpoint.objects.get().note
    assert [list(place.notes()) for place in outside_places()] == [[signed]] * 4


def test_publishing_needs_no_more_than_the_application_may(
    log: None, application_role: None
) -> None:
    sealed("s:1")

    assert publish_checkpoint(at=NOW) == 1
