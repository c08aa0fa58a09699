"""Registers to ask: the simulator over real HTTP, with settings that point at it."""

from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.demonstration.register_simulator import (
    TOKEN,
    RunningRegisters,
    running_registers,
)
from tests.prefill.world import PrefillWorld, make_prefill_world


@pytest.fixture
def registers(settings: Settings) -> Iterator[RunningRegisters]:
    with running_registers() as running:
        settings.REGISTERS = running.addresses
        settings.REGISTERS_TOKEN = TOKEN
        yield running


@pytest.fixture
def world(db: None, registers: RunningRegisters) -> PrefillWorld:
    return make_prefill_world(timezone.now())
