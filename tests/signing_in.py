"""Sign a test client in, through the page itself, as anybody would."""

from base64 import b32encode
from datetime import datetime

from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from authentication.models import Account, Company, Person

PASSWORD = "correct horse battery"


def give_device(account: Account) -> TOTPDevice:
    return TOTPDevice.objects.create(user=account, name="phone", confirmed=True)


def secret_of(device: TOTPDevice) -> str:
    return b32encode(device.bin_key).decode()


def code_of(device: TOTPDevice, at: datetime | None = None) -> str:
    """Give a code that the device has not used yet, as its app would show it (or the next)."""
    device.refresh_from_db()
    oath = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    oath.time = (at or timezone.now()).timestamp()
    if device.last_t >= oath.t():
        oath.time += device.step * (device.last_t + 1 - oath.t())
    return f"{oath.token():06d}"


def sign_in_as(client: Client, person: Person, *, company: Company | None = None) -> TOTPDevice:
    """Sign in with both factors and choose a company; return the device for a step-up."""
    account = person.account
    assert account is not None
    device = TOTPDevice.objects.filter(user=account).first() or give_device(account)
    answer = client.post(
        "/sign-in",
        {"email": account.email, "password": PASSWORD, "code": code_of(device)},
    )
    assert answer.status_code == 302, answer.content.decode()
    if company is not None:
        chosen = client.post("/choose-company", {"company": company.id})
        assert chosen.status_code == 302, chosen.content.decode()
    return device
