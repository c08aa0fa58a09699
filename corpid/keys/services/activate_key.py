"""Let a waiting key sign, and retire the one that it follows."""

from datetime import datetime

from django.db import transaction

from corpid.errors import Conflict, gettext_noop
from corpid.keys.models import SigningKey
from corpid.keys.remembered import ACTIVE_KEYS
from corpid.keys.services.retire_key import retire_key


class KeyIsNotNext(Conflict):
    code = "key_is_not_next"
    title = gettext_noop("Only a key that waits as next can be activated.")
    remedy = gettext_noop("Make a new key, wait until verifiers know it, then activate that.")


@transaction.atomic
def activate_key(*, key: SigningKey, at: datetime) -> SigningKey:
    present = (
        SigningKey.objects.select_for_update()
        .filter(purpose=key.purpose, scope_id=key.scope_id, state=SigningKey.State.ACTIVE)
        .first()
    )
    if present is not None and present.id != key.id:
        retire_key(key=present, at=at)
    changed = SigningKey.objects.filter(id=key.id, state=SigningKey.State.NEXT).update(
        state=SigningKey.State.ACTIVE, activated_at=at
    )
    if not changed:
        raise KeyIsNotNext(str(key))
    transaction.on_commit(ACTIVE_KEYS.clear)
    return SigningKey.objects.get(id=key.id)
