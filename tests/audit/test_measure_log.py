"""What is late or fails is told, before anybody asks for a proof."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from corpid.audit.services.measure_log import measure_log
from corpid.audit.services.publish_checkpoint import publish_checkpoint
from corpid.audit.services.record_event import record_event
from corpid.audit.services.seal_events import seal_events
from corpid.operations.services.check_readiness import OLDEST_UNSEALED_EVENT, check_readiness

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TOO_LATE = NOW + OLDEST_UNSEALED_EVENT + timedelta(seconds=1)
pytestmark = pytest.mark.usefixtures("log")


def record() -> None:
    record_event(kind="k", at=NOW, actor="system", subject="s:1")


def test_a_log_that_keeps_up_waits_for_nothing() -> None:
    record()
    seal_events()
    publish_checkpoint(at=NOW)

    figures = measure_log(at=TOO_LATE)

    assert (figures.size, figures.waiting, figures.failing) == (1, 0, ())
    assert figures.waiting_for is None
    assert figures.unpublished_for is None
    assert check_readiness(at=TOO_LATE).faults["audit"] == ""


def test_events_that_are_not_sealed_in_time_are_a_fault() -> None:
    record()
    record()

    in_time = check_readiness(at=NOW + OLDEST_UNSEALED_EVENT)
    late = check_readiness(at=TOO_LATE)

    assert measure_log(at=TOO_LATE).waiting == 2
    assert in_time.faults["audit"] == ""
    assert late.faults["audit"] == "events wait too long to be sealed"


def test_heads_that_no_place_takes_are_a_fault(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.AUDIT_CHECKPOINT_DIR = tmp_path / "file" / "folder"
    record()
    seal_events()
    publish_checkpoint(at=NOW)

    late = check_readiness(at=TOO_LATE)

    assert late.faults["audit"] == "no place outside takes the checkpoints"


def test_one_place_that_fails_is_a_warning_with_its_name_and_no_more(
    settings: Settings, tmp_path: Path, client: Client
) -> None:
    gone = tmp_path / "gone.jsonl"
    settings.AUDIT_CHECKPOINT_PLACES = [str(gone)]
    record()
    seal_events()
    publish_checkpoint(at=NOW)

    told = client.get("/readyz").json()

    assert told["warnings"] == [f"audit: {gone} fails since 2026-03-02T09:30:00Z: ENOENT"]
    assert told["parts"]["audit"] == "ok"
