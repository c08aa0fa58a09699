from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from corpid.audit.canonical import commitment, event_hash
from corpid.audit.models import Event, PersonalValue
from corpid.audit.services.record_event import record_event

NOW = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)


def record() -> Event:
    return record_event(
        kind="signatures.request.created",
        at=NOW,
        actor="e-service:ird",
        subject="request:sig_1",
        company_id=uuid4(),
        facts={"digest": "ab" * 32, "signers": ["p1", "p2"], "pages": 3, "note": "茶餐廳 𠝹"},
        personal={"name": "陳大文"},
    )


@pytest.mark.django_db
def test_an_event_reads_back_with_the_hash_it_was_written_with() -> None:
    event = record()

    read = Event.objects.get(id=event.id)
    assert bytes(read.hash) == event_hash(
        event_id=read.id,
        recorded_at=read.recorded_at,
        kind=read.kind,
        actor=read.actor,
        subject=read.subject,
        company_id=read.company_id,
        facts=read.facts,
        commitments=read.commitments,
    )


@pytest.mark.django_db
def test_personal_values_are_kept_apart_and_the_event_commits_to_them() -> None:
    event = record()

    kept = PersonalValue.objects.get(event_id=event.id)
    assert kept.value == "陳大文"
    assert "陳大文" not in str(Event.objects.filter(id=event.id).values().get())
    assert event.commitments == {
        "name": commitment(
            event_id=event.id, name="name", value="陳大文", salt=bytes(kept.salt)
        )
    }


@pytest.mark.django_db
def test_the_same_value_is_committed_to_differently_each_time() -> None:
    assert record().commitments != record().commitments


@pytest.mark.django_db
def test_an_event_is_undone_with_the_transaction_that_it_tells_of() -> None:
    before = Event.objects.count()

    with transaction.atomic():
        record()
        transaction.set_rollback(True)

    assert Event.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_personal_values_can_not_be_kept_is_not_kept() -> None:
    before = Event.objects.count()

    with pytest.raises(ValueError, match="NUL"):
        record_event(kind="k", at=NOW, actor="a", subject="s:1", personal={"name": "\0"})

    assert Event.objects.count() == before


@pytest.mark.django_db
def test_floating_point_facts_are_refused() -> None:
    facts = {"a": [{"b": 0.1}]}

    with pytest.raises(TypeError, match="floating"):
        record_event(kind="k", at=NOW, actor="system", subject="s:1", facts=facts)  # type: ignore[arg-type]  # the mistake itself


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, 40000, -40000])
def test_an_event_of_any_month_finds_a_partition(days: int) -> None:
    event = record_event(kind="k", at=NOW + timedelta(days=days), actor="a", subject="s:1")

    assert Event.objects.filter(id=event.id).exists()


CHANGES = [
    "UPDATE audit.event SET kind = 'x' WHERE id = %(id)s",
    "DELETE FROM audit.event WHERE id = %(id)s",
    "TRUNCATE audit.event",
    "TRUNCATE audit.event_elsewhen",
]


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_not_even_the_owner_changes_an_event_by_mistake(change: str) -> None:
    event = record()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(change, {"id": event.id})


@pytest.mark.parametrize(
    "change",
    [
        *CHANGES,
        "UPDATE audit.event_elsewhen SET kind = 'x'",
        "INSERT INTO audit.event_elsewhen SELECT * FROM audit.event",
        "ALTER TABLE audit.event DISABLE TRIGGER ALL",
        "DROP TABLE audit.event",
        "UPDATE audit.leaf SET index = 0",
        "UPDATE audit.checkpoint SET root = ''",
        "DELETE FROM audit.checkpoint",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_role_may_only_insert(application_role: None, change: str) -> None:
    event = record()

    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        connection.cursor().execute(change, {"id": event.id})


def test_the_application_role_erases_a_personal_value(application_role: None) -> None:
    event = record()

    PersonalValue.objects.filter(event_id=event.id).delete()

    assert Event.objects.get(id=event.id).commitments.keys() == {"name"}
