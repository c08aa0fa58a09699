"""The sample of a department that asks whether Corp ID was away, and keeps the proof."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from corpid.operations.models import SwitchedFunction
from corpid.operations.preparation import registered_preparations
from tests.makers import make_e_service
from tests.operations.test_outages import SAMPLE, URL, read_statement
from tests.switches import switch_off

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _prepared(db: None) -> None:
    dict(registered_preparations())["key of outage notices"](timezone.now())


@pytest.fixture
def department(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., int]:
    """Run the sample with these arguments, against this Corp ID."""

    def get(url: str, **_options: object) -> SimpleNamespace:
        answer = client.get(url.removeprefix(settings.BASE_URL))
        return SimpleNamespace(raise_for_status=lambda: answer)

    def run(*arguments: str) -> int:
        monkeypatch.setattr(
            sys, "argv", ["was_it_away.py", "--sandbox", str(handle), *arguments]
        )
        result: int = SAMPLE["main"]()
        return result

    handle = tmp_path / "sandbox.json"
    handle.write_text(json.dumps({"issuer": settings.BASE_URL}))
    monkeypatch.setattr(httpx2, "get", get)
    return run


def test_a_department_keeps_the_statement_that_it_verified(
    department: Callable[..., int], client: Client, tmp_path: Path
) -> None:
    switch_off(SwitchedFunction.SIGNING)
    kept = tmp_path / "decision.jws"

    assert department("--keep", str(kept)) == 0

    (outage,) = read_statement(
        kept.read_text(),
        client.get(f"{URL}/keys").json(),
        issuer=settings.BASE_URL,
        now=timezone.now().timestamp(),
    )
    assert outage["functions"] == ["signing"]
    with pytest.raises(FileExistsError):
        department("--keep", str(kept))


def test_a_department_asks_for_its_own_sign_in(department: Callable[..., int]) -> None:
    bank = make_e_service("bank")
    switch_off(SwitchedFunction.LOGIN, client_id=bank.client_id)

    assert department("--function", "login", "--client-id", bank.client_id) == 0
    assert department("--function", "login", "--client-id", "esv_another") == 1
    assert department("--function", "login") == 1


def test_a_time_without_a_zone_is_no_moment(
    department: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert department("--at", "2026-03-03T14:10:00+08:00") == 1
    with pytest.raises(SystemExit):
        department("--at", "2026-03-03T14:10:00")
    assert "has no zone" in capsys.readouterr().err
