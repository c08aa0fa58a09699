"""Give somebody of the sandbox a password and a one-time code."""

import base64
from collections.abc import Mapping
from datetime import datetime

from django_otp.plugins.otp_totp.models import TOTPDevice

from authentication.models import Account

# Known to everybody: the sandbox listens to its own machine alone and holds nothing real.
SANDBOX_PASSWORD = "lantern-harbour-47"  # noqa: S105


def seed_account(
    *, email: str, totp: Mapping[str, str], at: datetime, is_staff: bool = False
) -> Account:
    account = Account.objects.filter(email=email).first()
    if account is None:
        account = Account.objects.create_account(
            email=email, password=SANDBOX_PASSWORD, is_staff=is_staff, email_verified_at=at
        )
    secret = base64.b32decode(totp[email] + "=" * (-len(totp[email]) % 8))
    TOTPDevice.objects.update_or_create(
        user=account, name="sandbox", defaults={"key": secret.hex(), "confirmed": True}
    )
    return account
