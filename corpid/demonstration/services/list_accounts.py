"""The sandbox's accounts, each with the one-time code of this moment: no phone is needed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from corpid.demonstration.invention.cast import CASEWORKERS, PERSONS
from corpid.demonstration.services.seed_account import SANDBOX_PASSWORD


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    name: str
    story: str
    email: str
    password: str
    one_time_code: str
    is_caseworker: bool


@dataclass(frozen=True, slots=True)
class SandboxAccounts:
    accounts: tuple[SandboxAccount, ...]
    codes_change_in: int  # seconds


def list_accounts(*, at: datetime) -> SandboxAccounts:
    devices = TOTPDevice.objects.filter(confirmed=True, name="sandbox").select_related("user")
    codes = {device.user.email: _code(device, at) for device in devices}
    step = 30
    return SandboxAccounts(
        accounts=tuple(account for account in _accounts(codes)),
        codes_change_in=step - math.floor(at.timestamp()) % step,
    )


def _accounts(codes: dict[str, str]) -> Iterator[SandboxAccount]:
    for person in PERSONS:
        if person.email in codes:
            name = " ".join(part for part in (person.name.en, person.name.tc) if part)
            code = codes[person.email]
            yield SandboxAccount(
                name, person.story, person.email, SANDBOX_PASSWORD, code, is_caseworker=False
            )
    for email, name in CASEWORKERS:
        if email in codes:
            yield SandboxAccount(
                name, "", email, SANDBOX_PASSWORD, codes[email], is_caseworker=True
            )


def _code(device: TOTPDevice, at: datetime) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = at.timestamp()
    return f"{totp.token():0{device.digits}}"
