"""Standard Webhooks 1.0 (standardwebhooks.com): what signs a message, and what checks one.

The signed content is `id.timestamp.body`, the signature HMAC-SHA-256 under a secret that is
written `whsec_` and base64. A message may carry several signatures, parted by spaces: while a
secret is replaced, receivers with the old one and with the new one both find theirs.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from corpid.errors import NotAuthenticated, gettext_noop

SECRET_BYTES = 32  # the specification asks for 24 to 64
TOLERANCE = timedelta(minutes=5)
_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64


class WebhookSignatureInvalid(NotAuthenticated):
    code = "webhook_signature_invalid"
    title = gettext_noop("This message was not signed with a secret that is known here.")
    remedy = gettext_noop("Sign it as Standard Webhooks says, with the present time.")


def draw_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def write_secret(secret: bytes) -> str:
    return _PREFIX + base64.b64encode(secret).decode()


def read_secret(text: str) -> bytes:
    """Raise ValueError for anything but `whsec_` and base64 of 24 to 64 bytes."""
    if not text.startswith(_PREFIX):
        raise ValueError("not whsec_")
    try:
        secret = base64.b64decode(text[len(_PREFIX) :], validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not _SHORTEST <= len(secret) <= _LONGEST:
        raise ValueError(f"{len(secret)} bytes")
    return secret


def sign_headers(
    *, secrets_in_force: Sequence[bytes], message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Give the three headers of a message, with one signature for each secret."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(
            _signature(secret, message_id, timestamp, body) for secret in secrets_in_force
        ),
    }


def check_signature(
    *, secrets_known: Sequence[bytes], headers: Mapping[str, str], body: bytes, at: datetime
) -> str:
    """Return the id of a message that one of the secrets signed within the last minutes.

    `headers` have names in lower case. Raises WebhookSignatureInvalid.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not message_id or not (timestamp.isascii() and timestamp.isdigit()):
        raise WebhookSignatureInvalid("no id or no timestamp")
    if abs(at.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise WebhookSignatureInvalid("too old, or from the future")
    given = headers.get("webhook-signature", "").split(" ")
    for secret in secrets_known:
        expected = _signature(secret, message_id, timestamp, body)
        if any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
            return message_id
    raise WebhookSignatureInvalid("no signature of a known secret")


def _signature(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    content = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.digest(secret, content, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()
