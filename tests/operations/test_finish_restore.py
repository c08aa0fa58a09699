"""A restored database is safe before it serves, and the log says what was abandoned."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from authentication.models import BrowserSession
from corpid.audit.models import Event
from corpid.audit.origin import published_verifier_keys
from corpid.audit.outside.folder import FolderPlace
from corpid.audit.services.publish_checkpoint import publish_checkpoint
from corpid.audit.services.record_event import record_event
from corpid.audit.services.seal_events import seal_events
from corpid.audit.services.verify_log import LogVerdict, verify_log
from corpid.files.configured_storage import configured_storage
from corpid.files.models import StoredFile
from corpid.files.services.store_file import store_file
from corpid.one_time.epoch import ReplayMemoryNotAvailable, current_epoch
from corpid.one_time.services.consume_token import TokenNotUsable, consume_token
from corpid.one_time.services.issue_token import issue_token
from corpid.operations.models import FunctionOff, SwitchedFunction
from corpid.operations.services.ask_to_turn_on import ask_to_turn_on
from corpid.operations.services.finish_restore import (
    FilesMissing,
    OtherRestoreUnfinished,
    Restored,
    finish_restore,
)
from corpid.operations.services.require_function import SigningSwitchedOff, require_function
from corpid.operations.services.require_two import SecondPersonNeeded
from corpid.operations.services.turn_off_function import turn_off_function
from corpid.operations.services.turn_on_function import NobodyAsked, turn_on_function
from corpid.protocols.checkpoint import Checkpoint, VerifierKey, sign_note
from corpid.restores.generation import present_generation
from corpid.restores.models import Restoration
from tests.audit.conftest import log, triggers_off  # noqa: F401  a fixture
from tests.makers import make_person
from tests.switches import make_caseworker

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("log")


def restore() -> Restored:
    return finish_restore(backup="b1", restored_to=NOW, actor="operator:t", at=NOW)


def record(number: int) -> None:
    record_event(
        kind="signatures.request.created",
        at=NOW + timedelta(seconds=number),
        actor="e-service:ird",
        subject=f"request:{number}",
    )


def seal_and_publish() -> None:
    seal_events()
    publish_checkpoint(at=NOW)


def verify(*accepted: str) -> LogVerdict:
    return verify_log(
        keys=published_verifier_keys(at=NOW),
        notes=FolderPlace(Path(settings.AUDIT_CHECKPOINT_DIR)).notes(),
        accepted_restores=accepted,
    )


def codes(*accepted: str) -> set[str]:
    return {finding.code for finding in verify(*accepted).findings}


def write_log(numbers: range) -> None:
    for number in numbers:
        record(number)
    seal_and_publish()


def lose_what_follows(size: int) -> None:
    """Cut the log back as a recovery to an earlier moment does."""
    with transaction.atomic(), triggers_off(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM audit.event WHERE id IN"
            " (SELECT event_id FROM audit.leaf WHERE index >= %(size)s);"
            "DELETE FROM audit.leaf WHERE index >= %(size)s;"
            "DELETE FROM audit.node WHERE (index + 1) << level > %(size)s;"
            "DELETE FROM audit.checkpoint WHERE size > %(size)s;"
            "UPDATE audit.sealer SET size = %(size)s, sealed_by = pg_current_snapshot()",
            {"size": size},
        )


@pytest.fixture
def lost() -> None:
    """A log of seven events, known outside at 4, 6 and 7, of which four came back."""
    write_log(range(4))
    write_log(range(4, 6))
    write_log(range(6, 7))
    lose_what_follows(4)


def test_a_log_cut_back_without_a_word_is_found(lost: None) -> None:
    assert codes() == {"log_truncated"}


def test_notes_that_no_published_key_opens_are_counted_and_told(lost: None) -> None:
    """An audit key made after the moment signed the longest head, and is gone with the rest."""
    made_later = Ed25519PrivateKey.generate()
    key = VerifierKey(settings.AUDIT_ORIGIN, made_later.public_key().public_bytes_raw())
    head = Checkpoint(origin=key.name, size=9, root=b"9" * 32)
    place = FolderPlace(Path(settings.AUDIT_CHECKPOINT_DIR))
    for note in (sign_note(head.text(), key=key, sign=made_later.sign), "torn"):
        place.append(note, signed_at=NOW)
    said = io.StringIO()

    call_command("finish_restore", backup="b1", by="t", stdout=said)

    assert f"2 notes in {place.name} open with no audit key" in said.getvalue()
    facts = Event.objects.get(kind="audit.log.restored").facts
    assert facts["unreadable_notes"] == {place.name: 2}
    assert [size for size, _ in facts["abandoned"]] == [6, 7]


def test_a_recorded_restore_waits_for_the_verifiers_word(lost: None) -> None:
    restored = restore()
    seal_and_publish()

    assert restored.log_size == 4
    assert [size for size, _ in restored.abandoned] == [6, 7]
    found = verify()
    assert [(each.code, each.where) for each in found.findings] == [
        ("restore_not_accepted", restored.event_id)
    ]
    assert not found.is_intact


def test_an_accepted_restore_is_told_and_is_no_finding(lost: None) -> None:
    restored = restore()
    seal_and_publish()
    write_log(range(10, 15))  # past the sizes of the abandoned heads

    found = verify(restored.event_id)

    assert found.is_intact
    assert found.restores == [restored.event_id]
    assert found.covered == found.size > 7


def test_a_restore_excuses_only_the_heads_that_it_named(lost: None) -> None:
    restored = restore()
    seal_and_publish()
    write_log(range(10, 15))
    lose_what_follows(5)  # somebody cuts it back again, quietly, after the restore

    assert codes(restored.event_id) == {"log_truncated"}


def test_a_restore_event_of_an_attacker_excuses_nothing_unaccepted(lost: None) -> None:
    honest = restore()
    seal_and_publish()
    write_log(range(10, 15))
    lose_what_follows(5)
    forged = restore()
    seal_and_publish()

    found = verify(honest.event_id)

    assert [(each.code, each.where) for each in found.findings] == [
        ("restore_not_accepted", forged.event_id)
    ]


def test_the_auditors_command_takes_the_word(lost: None) -> None:
    restored = restore()
    seal_and_publish()
    key = str(published_verifier_keys(at=NOW)[0])
    said = io.StringIO()

    with pytest.raises(CommandError, match="1 findings"):
        call_command("verify_audit", public_key=[key], stdout=io.StringIO())
    call_command(
        "verify_audit", public_key=[key], accept_restore=[restored.event_id], stdout=said
    )

    assert f"restored from a backup: event {restored.event_id}" in said.getvalue()
    assert "The audit log is intact." in said.getvalue()


def test_a_restore_that_loses_nothing_is_intact_and_still_told() -> None:
    write_log(range(4))

    restored = restore()
    seal_and_publish()

    assert restored.abandoned == []
    assert verify().is_intact
    assert verify().restores == [restored.event_id]


def test_sessions_links_and_the_replay_memory_do_not_come_back() -> None:
    account = make_person(email="tai.man@example.hk").account
    assert account is not None
    session = BrowserSession.objects.create(account=account, started_at=NOW, seen_at=NOW)
    link = issue_token(
        purpose="reset",
        subject="account:1",
        bound_to={},
        expires_at=NOW + timedelta(hours=1),
    )
    epoch = current_epoch()

    restored = restore()

    session.refresh_from_db()
    assert session.ended_at == NOW
    assert restored.ended == {
        "open status lists": 0,
        "sessions and grants": 1,
        "single-use tokens": 1,
    }
    with pytest.raises(TokenNotUsable):
        consume_token(token=link, purpose="reset", at=NOW)
    assert current_epoch().id != epoch.id


def standing() -> set[str]:
    return {*FunctionOff.objects.standing().values_list("function", flat=True)}


def test_what_may_have_been_forbidden_since_is_switched_off() -> None:
    """A kill switch turned after the moment is gone, and nobody can know."""
    restored = restore()

    assert restored.switched_off == ["signing", "issuing", "prefill"]
    assert standing() == {"signing", "issuing", "prefill"}
    with pytest.raises(SigningSwitchedOff):
        require_function(SwitchedFunction.SIGNING)
    facts = Event.objects.get(kind="audit.log.restored").facts
    assert facts["switched_off"] == ["signing", "issuing", "prefill"]
    told = Event.objects.filter(kind="operations.function.turned_off")
    assert {event.subject for event in told} == {
        "function:signing",
        "function:issuing",
        "function:prefill",
    }


def test_a_restore_leaves_a_switch_that_was_off_with_its_reason() -> None:
    off = turn_off_function(
        function=SwitchedFunction.SIGNING, reason="Keys in doubt.", actor="caseworker:1", at=NOW
    )

    restored = restore()

    assert restored.switched_off == ["issuing", "prefill"]
    off.refresh_from_db()
    assert off.reason == "Keys in doubt."


def test_turning_on_after_a_restore_takes_two_new_words() -> None:
    """The first word was said before the moment, and may have been overtaken since."""
    off = turn_off_function(
        function=SwitchedFunction.SIGNING, reason="Keys in doubt.", actor="caseworker:1", at=NOW
    )
    one, two = (make_caseworker(name, "turn_on_function") for name in ("one", "two"))
    ask_to_turn_on(off=off, reason="They are sound.", actor=one, at=NOW)

    restore()

    with pytest.raises(NobodyAsked):
        turn_on_function(off=off, actor=two, at=NOW)
    ask_to_turn_on(off=off, reason="All was repeated.", actor=one, at=NOW)
    with pytest.raises(SecondPersonNeeded):
        turn_on_function(off=off, actor=one, at=NOW)
    turn_on_function(off=off, actor=two, at=NOW)
    assert standing() == {"issuing", "prefill"}


@pytest.fixture
def valkey_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """End the command where its effects are committed and the epoch is not begun."""

    def away() -> None:
        raise ReplayMemoryNotAvailable

    monkeypatch.setattr("corpid.operations.services.finish_restore.begin_anew", away)


def test_a_restore_that_ended_early_serves_nobody_and_is_gone_on_with(
    valkey_away: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    epoch = current_epoch()
    with pytest.raises(ReplayMemoryNotAvailable):
        restore()
    first = Event.objects.get(kind="audit.log.restored")
    assert client.get("/sign-in").status_code == 503
    monkeypatch.undo()

    restored = restore()

    assert restored.event_id == str(first.id)
    assert Event.objects.filter(kind="audit.log.restored").count() == 1
    assert restored.switched_off == ["signing", "issuing", "prefill"]
    assert current_epoch().id != epoch.id
    assert client.get("/sign-in").status_code == 200


def test_what_was_issued_while_the_restore_ran_counts_no_longer() -> None:
    """By a web process that had not seen it begin."""
    began = timezone.now()

    finish_restore(backup="b1", restored_to=NOW, actor="operator:t", at=began)

    shortly_after = began + timedelta(microseconds=1)
    assert not present_generation().counts(issued_at=shortly_after)


def test_the_command_says_what_is_away(valkey_away: None) -> None:
    with pytest.raises(CommandError, match="We can't check right now"):
        call_command("finish_restore", backup="b1", by="t")


def test_an_unfinished_restore_is_not_finished_by_another_ones_name(valkey_away: None) -> None:
    with pytest.raises(ReplayMemoryNotAvailable):
        restore()

    with pytest.raises(OtherRestoreUnfinished):
        finish_restore(backup="b2", restored_to=NOW, actor="operator:t", at=NOW)


def test_a_restore_that_has_changed_nothing_yet_may_be_named_anew() -> None:
    kept = store_file(content=b"%PDF-1.7", media_type="application/pdf", at=NOW)
    configured_storage().remove(kept.digest_hex)
    with pytest.raises(FilesMissing):
        restore()
    store_file(content=b"%PDF-1.7", media_type="application/pdf", at=NOW)

    finish_restore(backup="b2", restored_to=None, actor="operator:t", at=NOW)

    assert Restoration.objects.get().backup == "b2"
    assert present_generation().is_finished


def test_the_size_of_the_log_is_that_of_before_the_restore(lost: None) -> None:
    """A worker that nobody stopped seals on meanwhile: heads of the past are still found."""
    kept = store_file(content=b"%PDF-1.7", media_type="application/pdf", at=NOW)
    configured_storage().remove(kept.digest_hex)
    with pytest.raises(FilesMissing):
        restore()
    StoredFile.objects.all().delete()
    record(20)
    seal_events()

    restored = restore()

    assert restored.log_size == 4
    assert [size for size, _ in restored.abandoned] == [6, 7]


def test_a_row_without_its_bytes_refuses_the_restore_and_changes_nothing() -> None:
    kept = store_file(content=b"%PDF-1.7", media_type="application/pdf", at=NOW)
    configured_storage().remove(kept.digest_hex)
    epoch = current_epoch()

    with pytest.raises(FilesMissing, match=kept.digest_hex):
        restore()

    assert not Event.objects.filter(kind="audit.log.restored").exists()
    assert current_epoch().id == epoch.id
    assert standing() == set()
    assert not present_generation().is_finished  # nobody is served without their documents


def test_bytes_of_another_length_refuse_it_too() -> None:
    kept = store_file(content=b"%PDF-1.7", media_type="application/pdf", at=NOW)
    (held,) = Path(settings.FILES_DIR).rglob(kept.digest_hex)
    held.chmod(0o600)
    held.write_bytes(b"%PDF")

    with pytest.raises(FilesMissing):
        restore()


def test_a_file_that_was_to_go_anyway_is_not_missed() -> None:
    kept = store_file(content=b"%PDF-1.7", media_type="application/pdf", at=NOW, keep_until=NOW)
    configured_storage().remove(kept.digest_hex)

    assert restore().log_size == 0


def test_a_file_that_nothing_refers_to_is_not_missed() -> None:
    """It may have been swept away after the moment that was restored."""
    kept = store_file(
        content=b"%PDF-1.7", media_type="application/pdf", at=NOW - timedelta(hours=2)
    )
    configured_storage().remove(kept.digest_hex)

    assert restore().log_size == 0
