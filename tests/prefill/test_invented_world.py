"""The sandbox's world, read through the registers as a bank's request reads it."""

import json
from datetime import date
from pathlib import Path

from pytest_django import Settings

from corpid.business_identifier import parse_business_identifier
from corpid.demonstration.invention.world import invent_world
from corpid.demonstration.register_data import describe_world
from prefill.catalogue import CATALOGUE
from prefill.field_result import FieldStatus
from prefill.services.fetch_items import fetch_items
from tests.demonstration.register_simulator import TOKEN, running_registers

EXPECTED = {FieldStatus.OK, FieldStatus.EMPTY, FieldStatus.WITHHELD}


def test_every_invented_company_can_be_read(tmp_path: Path, settings: Settings) -> None:
    data = tmp_path / "registers.json"
    world = describe_world(invent_world(date(2026, 3, 3)))
    data.write_text(json.dumps(world))
    settings.REGISTERS_TOKEN = TOKEN
    with running_registers(data) as registers:
        settings.REGISTERS = registers.addresses
        unexpected = [
            (company["ubi"], key, result.status, result.reason)
            for company in world["companies"]
            for key, result in fetch_items(
                identifier=parse_business_identifier(company["ubi"]),
                item_keys=list(CATALOGUE),
            ).items()
            if result.status not in EXPECTED
        ]

    assert len(world["companies"]) >= 200
    assert unexpected == []
