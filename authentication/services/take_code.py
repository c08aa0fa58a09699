"""Use up a one-time code of an authenticator app (RFC 6238)."""

from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from authentication.models import Account


@transaction.atomic
def take_code(*, account: Account, code: str) -> TOTPDevice | None:
    """Use a one-time code up; None if no device of the account takes it.

    Each device is locked, so that of two uses at once one succeeds. Its own throttle stops
    those who know the password and guess at the code.
    """
    devices = TOTPDevice.objects.select_for_update().filter(user=account, confirmed=True)
    for device in devices.order_by("pk"):
        if device.verify_token(code):
            return device
    return None
