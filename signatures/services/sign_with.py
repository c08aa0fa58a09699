"""Sign with a key of ours, wherever it is kept."""

from collections.abc import Callable
from functools import partial

from corpid.keys.models import SigningKey
from corpid.keys.store import key_store


def sign_with(key: SigningKey) -> Callable[[bytes], bytes]:
    """Give the way to have a digest signed by this key, wherever it is kept."""
    return partial(key_store().sign, key.id)
