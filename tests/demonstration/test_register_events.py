"""The sandbox's door to the simulated registers."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.demonstration.register_simulator import (
    TOKEN,
    RunningRegisters,
    running_registers,
)

PATH = "/api/v1/sandbox/register-events"

pytestmark = pytest.mark.django_db  # each door asks whether a restore is unfinished


@pytest.fixture
def registers(settings: Settings) -> Iterator[RunningRegisters]:
    with running_registers() as running:
        settings.REGISTERS_URL = running.base_url
        yield running


def test_an_event_happens_at_the_registers(registers: RunningRegisters) -> None:
    answer = APIClient().post(
        PATH,
        {
            "kind": "officer_change",
            "ubi": "71234567",
            "officer": "CHAN KA YAN",
            "appoint": {"name_en": "YIP TSZ HIN", "capacity": "director"},
        },
        format="json",
    )

    told = registers.get(
        "/cr-officers/v1/companies/71234567", headers={"Authorization": f"Bearer {TOKEN}"}
    ).json()
    present = {one["nameEnglish"] for one in told["officers"] if not one["cessationDate"]}
    assert answer.status_code == 201
    assert answer.json()["sequence"] == 1
    assert present == {"LEE SIU MING", "ABC SECRETARIES LIMITED", "YIP TSZ HIN"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "earthquake", "ubi": "71234567"}, "register_event_refused"),
        ({"kind": "rename", "ubi": "00000000", "name_en": "X"}, "register_event_refused"),
        ({"kind": "rename", "ubi": "71234567"}, "register_event_refused"),
        ({"kind": "rename"}, "input_invalid"),
        ({"kind": "rename", "ubi": "71234567", "nam_en": "X"}, "input_invalid"),
        ({"kind": "br_expiry", "ubi": "71234567", "expires_on": "soon"}, "input_invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(
    registers: RunningRegisters, body: dict[str, Any], code: str
) -> None:
    answer = APIClient().post(PATH, body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert registers.base_url


def test_without_a_simulator_it_says_so(settings: Settings) -> None:
    settings.REGISTERS_URL = ""

    answer = APIClient().post(PATH, {"kind": "strike_off", "ubi": "71234567"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (503, "register_simulator_absent")
