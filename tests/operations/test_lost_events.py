"""What a restore has lost is listed from the abandoned past, and proved by heads outside."""

import io
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from django.core.management import CommandError, call_command

from corpid.audit.models import Event
from corpid.audit.services.export_events import export_events
from corpid.audit.services.record_event import record_event
from corpid.audit.services.seal_events import seal_events
from corpid.operations.services.finish_restore import finish_restore
from corpid.operations.services.list_lost_events import (
    ExportOfAnotherPast,
    ExportUnreadable,
    Group,
    Lost,
    NothingRestored,
    list_lost_events,
)
from tests.audit.conftest import log  # noqa: F401  a fixture
from tests.operations.test_finish_restore import lose_what_follows, record, seal_and_publish

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
COMPANY = UUID(int=7)
pytestmark = pytest.mark.usefixtures("log")


def happen(kind: str, subject: str) -> None:
    record_event(kind=kind, at=NOW, actor="caseworker:1", subject=subject, company_id=COMPANY)


def export(after: int) -> list[str]:
    return [
        orjson.dumps({"index": each.index, "event": each.content}).decode()
        for each in export_events(after=after)
    ]


def restore() -> None:
    finish_restore(backup="b1", restored_to=NOW, actor="operator:t", at=NOW)


def list_lost(lines: list[str]) -> Lost:
    return list_lost_events(lines=lines, actor="operator:t", at=NOW)


@pytest.fixture
def exported() -> list[str]:
    """Four events came back; of the five that did not, four were sealed and known outside."""
    for number in range(4):
        record(number)
    seal_and_publish()
    happen("operations.function.turned_off", "function:login:bank")
    happen("credentials.credential.revoked", "credential:1")
    record(4)
    seal_and_publish()
    happen("credentials.credential.suspended", "credential:2")
    seal_and_publish()
    happen("signatures.certificate.revoked", "certificate:3")
    lines = export(4)
    seal_events()  # only what is in the tree is cut off below
    lose_what_follows(4)
    return lines


def subjects(lost: Lost) -> dict[str, list[str]]:
    return {
        group.value: [each.subject for each in events] for group, events in lost.groups.items()
    }


def test_what_was_forbidden_is_listed_by_its_kind_and_the_rest_counted(
    exported: list[str],
) -> None:
    restore()

    lost = list_lost(exported)

    assert subjects(lost) == {
        "switches": ["function:login:bank"],
        "revocations": ["credential:1", "certificate:3"],
        "suspensions": ["credential:2"],
    }
    assert lost.others == {"signatures.request.created": 1}
    (switch,) = lost.groups[Group.SWITCHES]
    assert switch.recorded_at == "2026-03-02T09:30:00.000000+00:00"
    assert (switch.actor, switch.company_id) == ("caseworker:1", str(COMPANY))


def test_heads_outside_prove_what_they_cover_and_no_more(exported: list[str]) -> None:
    restore()

    lost = list_lost(exported)

    assert (lost.log_size, lost.proved_to, lost.known_outside) == (4, 8, 8)
    proved = {each.subject: each.is_proved for part in lost.groups.values() for each in part}
    assert proved == {
        "function:login:bank": True,
        "credential:1": True,
        "credential:2": True,
        "certificate:3": False,  # not sealed yet when it was exported
    }
    assert lost.missing == 0


def test_what_is_known_outside_and_not_in_the_file_is_told(exported: list[str]) -> None:
    """The backup's log ends earlier than the heads that left the house."""
    restore()

    lost = list_lost(exported[:3])

    assert (lost.proved_to, lost.known_outside, lost.missing) == (7, 8, 1)


def test_an_event_that_came_back_is_not_lost(exported: list[str]) -> None:
    """It was committed by the moment and sealed only after it."""
    record_of = orjson.loads(exported[0])["event"]
    restore()
    row = Event(
        id=record_of["id"],
        recorded_at=NOW,
        kind=record_of["kind"],
        actor=record_of["actor"],
        subject=record_of["subject"],
        company_id=COMPANY,
        hash=bytes(32),
    )
    row.save(force_insert=True)

    assert Group.SWITCHES not in list_lost(exported).groups


def test_what_was_lifted_again_is_listed_beside(exported: list[str]) -> None:
    restore()
    line = orjson.loads(exported[-1])
    line["event"] |= {"id": str(UUID(int=9)), "kind": "operations.function.turned_on"}

    lost = list_lost([*exported, orjson.dumps(line).decode()])

    assert [each.kind for each in lost.groups[Group.LIFTED]] == [
        "operations.function.turned_on"
    ]


def test_what_was_used_of_a_limit_is_listed_with_its_amount() -> None:
    record(0)
    seal_and_publish()
    for word in ("reserved", "captured", "released"):
        record_event(
            kind=f"authentication.limit.{word}",
            at=NOW,
            actor="e-service:bank",
            subject="reservation:res_1",
            facts={} if word == "released" else {"value": "20.00", "currency": "HKD"},
        )
    lines = export(1)
    seal_and_publish()
    lose_what_follows(1)
    restore()

    lost = list_lost(lines)

    assert {(each.kind, each.amount) for each in lost.groups[Group.USES]} == {
        ("authentication.limit.reserved", "20.00 HKD"),
        ("authentication.limit.captured", "20.00 HKD"),
    }
    assert lost.others == {"authentication.limit.released": 1}


@pytest.mark.parametrize("place", range(4))
def test_an_event_that_was_left_out_is_noticed(exported: list[str], place: int) -> None:
    """Whoever was revoked has the file in hand."""
    restore()
    del exported[place]
    for number, line in enumerate(exported):
        told = orjson.loads(line)
        if told["index"] is not None:
            told["index"] = 4 + number  # he closes the gap
        exported[number] = orjson.dumps(told).decode()

    try:
        lost = list_lost(exported)
    except ExportOfAnotherPast:
        return
    assert lost.missing  # the last head is not reached


def test_an_event_that_was_changed_is_noticed(exported: list[str]) -> None:
    restore()
    exported[1] = exported[1].replace("credential:1", "credential:9")

    with pytest.raises(ExportOfAnotherPast, match="another root at 7"):
        list_lost(exported)


def test_an_export_that_follows_another_size_is_refused(exported: list[str]) -> None:
    restore()

    with pytest.raises(ExportOfAnotherPast, match="place 5 follows 4"):
        list_lost(exported[1:])


@pytest.mark.parametrize("line", ["", "{}", '{"index": 4, "event": {}}', "[1]", "null"])
def test_what_is_no_export_is_refused(exported: list[str], line: str) -> None:
    restore()

    with pytest.raises(ExportUnreadable, match="line 1"):
        list_lost([line])


def test_nothing_is_listed_where_nothing_was_restored(exported: list[str]) -> None:
    with pytest.raises(NothingRestored):
        list_lost(exported)


def test_the_log_tells_that_the_list_was_made(exported: list[str]) -> None:
    restore()

    list_lost(exported)

    event = Event.objects.get(kind="operations.lost_events.listed")
    assert event.facts["listed"] == {"switches": 1, "revocations": 2, "suspensions": 1}
    assert event.facts["counted"] == {"signatures.request.created": 1}
    assert (event.facts["proved_to"], event.facts["known_outside"]) == (8, 8)


def test_both_commands_fit_together(tmp_path: Path) -> None:
    record(0)
    seal_and_publish()
    happen("operations.function.turned_off", "function:signing")
    record_event(
        kind="authentication.limit.captured",
        at=NOW,
        actor="e-service:bank",
        subject="reservation:res_1",
        facts={"value": "20.00", "currency": "HKD"},
    )
    seal_and_publish()
    written = io.StringIO()
    call_command("export_events", after=1, stdout=written)
    file = tmp_path / "lost.jsonl"
    file.write_text(written.getvalue())
    lose_what_follows(1)
    restore()
    said = io.StringIO()

    call_command("list_lost_events", str(file), by="t", stdout=said)

    assert said.getvalue() == (
        "lost switches: 2026-03-02T09:30:00.000000+00:00 operations.function.turned_off"
        " function:signing by caseworker:1\n"
        "lost uses of limits: 2026-03-02T09:30:00.000000+00:00 authentication.limit.captured"
        " reservation:res_1 20.00 HKD by e-service:bank\n"
        "The file is proved by heads outside from 1 to 3 events.\n"
    )


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("list_lost_events", str(tmp_path / "none"), by="t")
