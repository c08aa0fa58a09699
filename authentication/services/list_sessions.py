"""Where an account is signed in, and which authenticators it has."""

from dataclasses import dataclass
from datetime import datetime

from django_otp.plugins.otp_totp.models import TOTPDevice

from authentication.models import Account, BrowserSession
from authentication.services.end_unused_sessions import IN_ANY_CASE


@dataclass(frozen=True, slots=True)
class Sessions:
    browsers: tuple[BrowserSession, ...]
    devices: tuple[TOTPDevice, ...]


def list_sessions(*, account: Account, at: datetime) -> Sessions:
    """Leave out what has ended, and what is over but was not ended yet."""
    browsers = (
        BrowserSession.objects.open()
        .filter(account=account, started_at__gt=at - IN_ANY_CASE)
        .order_by("-seen_at")
    )
    devices = TOTPDevice.objects.filter(user=account, confirmed=True).order_by("pk")
    return Sessions(tuple(browsers), tuple(devices))
