"""The page of the sandbox's accounts: enough to sign in without a phone."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice
from time_machine import travel

from authentication.models import Account
from corpid.demonstration.services.seed import seed
from signatures.services.establish_pki import establish_pki

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 2, 0, 10, tzinfo=UTC)


def test_it_shows_passwords_and_codes_that_work_now() -> None:
    with travel(NOW, tick=False):
        establish_pki(at=NOW)
        seed(at=NOW)
        page = Client().get("/sandbox").content.decode()
        account = Account.objects.get(email="siuming.lee@goldenharvest.example")
        device = TOTPDevice.objects.get(user=account)

        values = re.findall(r'summary-list__value"[^>]*>\s*(.*?)\s*</dd>', page)
        place = values.index(account.email)
        password, code = values[place + 1 : place + 3]

        assert account.check_password(password)
        assert device.verify_token(code)
        assert "change in 20 seconds" in page


def test_without_seeding_it_lists_nobody() -> None:
    assert "@" not in Client().get("/sandbox").content.decode().split("<main")[1]
