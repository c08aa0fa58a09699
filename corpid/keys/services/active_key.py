"""Find the key that signs for a purpose now."""

from django.db import transaction

from corpid.errors import NotAvailable, gettext_noop
from corpid.keys.models import Purpose, SigningKey
from corpid.keys.remembered import ACTIVE_KEYS


class NoActiveKey(NotAvailable):
    code = "no_active_key"
    title = gettext_noop("The key that this step needs has not been set up.")
    remedy = gettext_noop("Tell our help desk; nothing that you sent is lost.")


def active_key(purpose: Purpose, *, scope_id: str = "") -> SigningKey:
    """Answer from this process's memory for up to a second; raise NoActiveKey if none signs.

    A rotation may therefore be seen a second late. That is harmless: the old key's signatures
    stay valid, and the new one was published long before.
    """
    name = (str(purpose), scope_id)
    found = ACTIVE_KEYS.peek(name)
    if found is not None:
        return found
    key = SigningKey.objects.filter(
        purpose=purpose, scope_id=scope_id, state=SigningKey.State.ACTIVE
    ).first()
    if key is None:
        raise NoActiveKey(f"no active key for {purpose} {scope_id}".strip())
    # Remembered once the transaction stands: one rolled back may have made this very key.
    transaction.on_commit(lambda: ACTIVE_KEYS.put(name, key))
    return key
