"""The row of a key that shall sign: there, and neither retired nor suspended."""

from uuid import UUID

from corpid.keys.key_pair import KeyNotUsable, KeySuspended
from corpid.keys.models import SigningKey


def find_key(key_id: UUID) -> SigningKey:
    """Raise KeyNotUsable if there is none."""
    found = SigningKey.objects.filter(id=key_id).first()
    if found is None:
        raise KeyNotUsable(f"no signing key {key_id}")
    return found


def find_usable_key(key_id: UUID) -> SigningKey:
    """Raise KeyNotUsable or KeySuspended unless it may sign."""
    key = find_key(key_id)
    if key.state == SigningKey.State.RETIRED:
        raise KeyNotUsable(f"{key} is retired")
    if key.suspended_at is not None:
        raise KeySuspended(str(key))
    return key
