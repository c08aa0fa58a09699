"""What every store gives of a new key pair, and what it says when a key can't be used."""

from dataclasses import dataclass

from corpid.errors import NotAvailable, PartAway, gettext_noop
from corpid.keys.models import SigningKey


class KeyNotUsable(NotAvailable):
    """The key is unknown, retired, or its store can't open it."""

    code = "key_not_usable"
    title = gettext_noop("A key that this step needs can't be used now.")
    remedy = gettext_noop("Try again in a few minutes. Nothing that you sent is lost.")


class KeySuspended(PartAway):
    """The key is in doubt: another will take its place, or the doubt will be lifted."""

    code = "key_suspended"
    title = gettext_noop("A key that this step needs is being replaced.")
    remedy = gettext_noop("What you sent is kept, and goes on by itself with the new key.")


@dataclass(frozen=True, slots=True)
class GeneratedKey:
    """What is kept of a new key: its public half, and its private half as ciphertext if any."""

    backend: SigningKey.Backend
    public_key_der: bytes
    wrapped_data_key: bytes | None = None
    sealed_private_key: bytes | None = None
