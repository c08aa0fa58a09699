"""Re-wrap scope keys, batch by batch, until none is left under an earlier key."""

from collections.abc import Callable

from corpid.errors import Conflict, gettext_noop
from corpid.keys.services.count_scope_keys import count_scope_keys
from corpid.keys.services.rewrap_scope_keys import rewrap_scope_keys

BATCH = 500

Report = Callable[[int, int, str], None]


class KeyEncryptionKeyMissing(Conflict):
    code = "key_encryption_key_missing"
    title = gettext_noop("Some keys are wrapped by a key-encryption key that is not here.")
    remedy = gettext_noop("Give it among PREVIOUS_KEY_ENCRYPTION_KEYS and start again.")


def rewrap_keys(*, report: Report) -> None:
    """Go on where an earlier run stopped: the rows say what is left to do.

    Raises KeyEncryptionKeyMissing after everything else is done.
    """
    begun = count_scope_keys()
    done = begun.present
    while True:
        report(done, begun.total, gettext_noop("Re-wrapping keys"))
        rewrapped = rewrap_scope_keys(limit=BATCH)
        if not rewrapped:
            break
        done += rewrapped
    left = count_scope_keys()
    if left.unknown:
        raise KeyEncryptionKeyMissing(f"{left.unknown} scope keys")
