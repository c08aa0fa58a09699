"""Whatever the owner of the database changes is found by who trusts only what is outside."""

import io
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from corpid.audit.canonical import event_hash
from corpid.audit.models import REST_AFTER_FAILURE, Checkpoint, Event, Leaf, PersonalValue
from corpid.audit.origin import published_verifier_keys
from corpid.audit.outside.folder import FolderPlace
from corpid.audit.services.erase_personal_values import erase_personal_values
from corpid.audit.services.publish_checkpoint import publish_checkpoint
from corpid.audit.services.record_event import record_event
from corpid.audit.services.seal_events import seal_events
from corpid.audit.services.verify_log import LogVerdict, verify_log
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.services.activate_key import activate_key
from corpid.keys.services.create_key import create_key
from tests.audit.conftest import triggers_off
from tests.audit.test_seal_events import held_open

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("log")


def record(number: int) -> Event:
    return record_event(
        kind="signatures.request.created",
        at=NOW + timedelta(seconds=number),
        actor="e-service:ird",
        subject=f"request:{number}",
        facts={"number": number},
        personal={"name": "陳大文"},
    )


def folder() -> Path:
    return Path(django_settings.AUDIT_CHECKPOINT_DIR)


def seal_and_publish() -> None:
    seal_events()
    publish_checkpoint(at=NOW)


def verify() -> LogVerdict:
    return verify_log(
        keys=published_verifier_keys(at=NOW),
        notes=FolderPlace(folder()).notes(),
    )


def codes() -> set[str]:
    return {finding.code for finding in verify().findings}


@pytest.fixture
def events() -> list[Event]:
    """A log of seven events under two outside checkpoints (4 and 7)."""
    made = [record(number) for number in range(4)]
    seal_and_publish()
    made += [record(number) for number in range(4, 7)]
    seal_and_publish()
    return made


def as_owner(change: str, *arguments: Any) -> None:
    with transaction.atomic(), triggers_off(), connection.cursor() as cursor:
        cursor.execute(change, arguments)


def test_an_untouched_log_is_intact(events: list[Event]) -> None:
    record(7)  # not sealed yet

    verdict = verify()

    assert verdict.is_intact
    assert (verdict.size, verdict.covered, verdict.checkpoints, verdict.waiting) == (7, 7, 2, 1)


def test_an_edited_event_is_found(events: list[Event]) -> None:
    as_owner("UPDATE audit.event SET actor = 'system' WHERE id = %s", events[2].id)

    assert codes() == {"event_changed"}


def test_an_event_edited_with_its_own_hash_is_found(events: list[Event]) -> None:
    event = events[2]
    forged = event_hash(
        event_id=event.id,
        recorded_at=event.recorded_at,
        kind=event.kind,
        actor="system",
        subject=event.subject,
        company_id=None,
        facts=event.facts,
        commitments=event.commitments,
    )
    as_owner(
        "UPDATE audit.event SET actor = 'system', hash = %s WHERE id = %s", forged, event.id
    )
    assert codes() == {"event_changed"}

    as_owner("UPDATE audit.leaf SET hash = %s WHERE event_id = %s", forged, event.id)

    assert codes() == {"root_differs", "proofs_broken"}


def test_a_moved_moment_is_found(events: list[Event]) -> None:
    as_owner(
        "UPDATE audit.event SET recorded_at = recorded_at - interval '1 day' WHERE id = %s",
        events[3].id,
    )

    assert codes() == {"event_deleted", "event_inserted"}


def test_a_deleted_event_is_found(events: list[Event]) -> None:
    as_owner("DELETE FROM audit.event WHERE id = %s", events[1].id)

    assert codes() == {"event_deleted", "personal_value_changed"}


def test_an_event_deleted_with_its_leaf_is_found(events: list[Event]) -> None:
    as_owner("DELETE FROM audit.event WHERE id = %s", events[1].id)
    as_owner("DELETE FROM audit.leaf WHERE event_id = %s", events[1].id)

    assert {"leaf_missing", "log_truncated"} <= codes()


@pytest.mark.parametrize(
    ("xid", "found"),
    [
        ("4", "event_inserted"),  # of a transaction whose events are all sealed
        ("9000000000", "event_changed"),  # sealed as the new event that it is
    ],
)
def test_an_event_inserted_into_the_past_is_found(
    events: list[Event], xid: str, found: str
) -> None:
    as_owner(
        "INSERT INTO audit.event (id, recorded_at, kind, actor, subject, facts, commitments,"
        " hash, transaction) SELECT gen_random_uuid(), recorded_at, kind, actor, 'request:0',"
        " facts, '{}', hash, %s::xid8 FROM audit.event WHERE id = %s",
        xid,
        events[1].id,
    )

    seal_events()

    assert codes() == {found}


def test_a_copy_of_an_event_at_another_moment_is_found(events: list[Event]) -> None:
    as_owner(
        "INSERT INTO audit.event (id, recorded_at, kind, actor, subject, facts, commitments,"
        " hash) SELECT id, recorded_at + interval '1 day', kind, actor, subject, facts,"
        " commitments, hash FROM audit.event WHERE id = %s",
        events[1].id,
    )

    seal_events()

    assert codes() == {"event_inserted"}


def test_reordered_events_are_found(events: list[Event]) -> None:
    as_owner(
        "WITH old AS (DELETE FROM audit.leaf WHERE index IN (1, 2) RETURNING *)"
        " SELECT count(*) FROM old"
    )
    with triggers_off(), connection.cursor() as cursor:
        for index, event in ((1, events[2]), (2, events[1])):
            cursor.execute(
                "INSERT INTO audit.leaf VALUES (%s, %s, %s, %s)",
                [index, event.id, event.recorded_at, bytes(event.hash)],
            )

    assert {"root_differs"} <= codes()


def test_a_truncated_tail_is_found(events: list[Event]) -> None:
    as_owner("DELETE FROM audit.event WHERE id = ANY(%s)", [event.id for event in events[4:]])
    as_owner("DELETE FROM audit.leaf WHERE index >= 4")
    as_owner("DELETE FROM audit.node")
    as_owner("DELETE FROM audit.checkpoint WHERE size > 4")

    assert "log_truncated" in codes()


def test_an_emptied_log_is_found(events: list[Event]) -> None:
    as_owner("TRUNCATE audit.event, audit.leaf, audit.node, audit.checkpoint")

    assert "log_truncated" in codes()


def test_a_log_rewritten_from_its_first_event_is_found(events: list[Event]) -> None:
    as_owner(
        "TRUNCATE audit.event, audit.leaf, audit.node, audit.checkpoint, audit.personal_value"
    )
    as_owner("UPDATE audit.sealer SET sealed_by = '3:3:', size = 0")
    for number in range(10, 17):
        record(number)
    seal_events()  # a perfect log of another past

    assert codes() == {"root_differs"}


def test_a_rewritten_log_published_again_contradicts_the_old_one(events: list[Event]) -> None:
    as_owner(
        "TRUNCATE audit.event, audit.leaf, audit.node, audit.checkpoint, audit.personal_value"
    )
    as_owner("UPDATE audit.sealer SET sealed_by = '3:3:', size = 0")
    for number in range(10, 17):
        record(number)

    seal_and_publish()

    assert "checkpoints_contradict" in codes()


def test_a_forged_outside_checkpoint_is_found(events: list[Event]) -> None:
    place = FolderPlace(folder())
    note = list(place.notes())[-1]
    place.append(note.replace("\n7\n", "\n8\n"), signed_at=NOW)

    assert codes() == {"checkpoint_not_authentic"}


def test_checkpoints_of_a_swapped_key_are_found(events: list[Event]) -> None:
    trusted = published_verifier_keys(at=NOW)
    SigningKey.objects.filter(purpose=Purpose.AUDIT).delete()
    create_key(purpose=Purpose.AUDIT, algorithm=Algorithm.ED25519, at=NOW)
    record(7)
    seal_and_publish()

    verdict = verify_log(keys=trusted, notes=FolderPlace(folder()).notes())

    assert {finding.code for finding in verdict.findings} == {"checkpoint_not_authentic"}


def test_a_rotated_key_goes_on_where_the_old_one_stopped(events: list[Event]) -> None:
    waiting = create_key(purpose=Purpose.AUDIT, algorithm=Algorithm.ED25519, at=NOW)
    activate_key(key=waiting, at=NOW)
    record(7)
    seal_and_publish()

    verdict = verify()

    assert verdict.is_intact
    assert len(published_verifier_keys(at=NOW)) == 2


def test_without_outside_checkpoints_nothing_is_called_intact() -> None:
    record(1)
    seal_events()

    assert codes() == {"no_checkpoint_to_trust"}


def test_a_changed_personal_value_is_found(events: list[Event]) -> None:
    PersonalValue.objects.filter(event_id=events[0].id).update(value="李小明")

    assert codes() == {"personal_value_changed"}


def test_a_personal_value_that_nobody_erased_and_is_gone_is_found(events: list[Event]) -> None:
    PersonalValue.objects.filter(event_id=events[0].id).delete()

    verdict = verify()

    assert [(each.code, each.where) for each in verdict.findings] == [
        ("personal_value_missing", str(events[0].id))
    ]


def test_an_event_whose_transaction_was_open_across_three_seals_verifies() -> None:
    with held_open("s:slow"):
        for number in range(3):
            record(number)
            seal_and_publish()
    seal_and_publish()
    seal_and_publish()

    verdict = verify()

    assert verdict.is_intact
    assert (verdict.size, verdict.covered, verdict.checkpoints, verdict.waiting) == (4, 4, 4, 0)


def test_an_erased_personal_value_breaks_no_proof(events: list[Event]) -> None:
    erased = erase_personal_values(
        event_id=events[0].id, actor="caseworker:1", reason="retention", at=NOW
    )
    seal_and_publish()

    verdict = verify()

    assert erased == 1
    assert verdict.is_intact
    assert verdict.erased == 1
    assert verdict.size == 8


def test_changed_subtree_hashes_are_found(events: list[Event]) -> None:
    as_owner("UPDATE audit.node SET hash = sha256('x') WHERE level = 2 AND index = 0")

    assert codes() == {"proofs_broken"}


def test_checkpoints_leave_the_house_once_each(events: list[Event]) -> None:
    again = publish_checkpoint(at=NOW)

    lines = (folder() / "checkpoints-2026-03.jsonl").read_text().splitlines()
    assert again == 0
    assert [json.loads(line)["note"].split("\n")[1] for line in lines] == ["4", "7"]
    assert not Checkpoint.objects.filter(published_at=None).exists()


def test_a_checkpoint_signed_before_a_crash_leaves_with_a_later_run() -> None:
    record(1)
    seal_events()
    blocker = folder()
    blocker.write_text("a file where the folder should be")

    while_blocked = publish_checkpoint(at=NOW)
    blocker.unlink()

    assert while_blocked == 0
    assert publish_checkpoint(at=NOW + REST_AFTER_FAILURE) == 1
    assert verify().is_intact


def test_the_command_says_intact_and_fails_when_it_is_not(events: list[Event]) -> None:
    keys = folder().parent / "audit.pub"
    keys.write_text("".join(f"{key}\n" for key in published_verifier_keys(at=NOW)))
    said = io.StringIO()

    call_command(
        "verify_audit", public_key=[str(keys)], checkpoints=[str(folder())], stdout=said
    )
    as_owner("DELETE FROM audit.event WHERE id = %s", events[1].id)

    assert "7 events sealed, 7 covered by 2 outside checkpoints" in said.getvalue()
    with pytest.raises(CommandError, match="not intact"):
        call_command(
            "verify_audit", public_key=[str(keys)], checkpoints=[str(folder())], stdout=said
        )
    assert f"event_deleted: {events[1].id}" in said.getvalue()


def test_the_command_that_repeats_itself_ends_when_something_is_found(
    events: list[Event],
) -> None:
    keys = [str(key) for key in published_verifier_keys(at=NOW)]
    said, found = io.StringIO(), []

    def watch() -> None:
        try:
            call_command(
                "verify_audit",
                public_key=keys,
                checkpoints=[str(folder())],
                every=0.05,
                stdout=said,
            )
        except CommandError as error:
            found.append(str(error))
        connection.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    while said.getvalue().count("intact") < 3 and watcher.is_alive():
        time.sleep(0.01)
    as_owner("UPDATE audit.event SET actor = 'system' WHERE id = %s", events[2].id)
    watcher.join(timeout=60)

    assert found == ["The audit log is not intact: 1 findings."]


def test_the_command_refuses_a_key_that_is_none() -> None:
    with pytest.raises(CommandError, match="verifier key"):
        call_command("verify_audit", public_key=["nonsense"], checkpoints=[str(folder())])


def test_leaf_and_event_hash_agree(events: list[Event]) -> None:
    for leaf in Leaf.objects.all():
        assert bytes(leaf.hash) == bytes(Event.objects.get(id=leaf.event_id).hash)
