"""Let a key sign nothing more; it stays published until what it signed has expired."""

from datetime import datetime, timedelta

from django.db import transaction

from corpid.errors import Conflict, gettext_noop
from corpid.keys.models import Purpose, SigningKey
from corpid.keys.remembered import ACTIVE_KEYS

# How long a signature of each purpose may have to be checked after it was made. A purpose that
# is not here signs what people keep (certificates, documents, checkpoints): published for ever.
LIFETIME_OF_WHAT_IS_SIGNED: dict[str, timedelta] = {
    Purpose.OP: timedelta(days=1),
    Purpose.VERIFIER: timedelta(days=1),
    Purpose.STATUS_LIST: timedelta(days=30),
}
# A process that remembers the key as active may sign with it for so long afterwards.
_STILL_SIGNS_FOR = timedelta(seconds=10)


class KeyIsRetired(Conflict):
    code = "key_is_retired"
    title = gettext_noop("The key is retired already.")
    remedy = gettext_noop("There is nothing more to do.")


@transaction.atomic
def retire_key(*, key: SigningKey, at: datetime) -> None:
    lifetime = LIFETIME_OF_WHAT_IS_SIGNED.get(key.purpose)
    changed = (
        SigningKey.objects.filter(id=key.id)
        .exclude(state=SigningKey.State.RETIRED)
        .update(
            state=SigningKey.State.RETIRED,
            retired_at=at,
            published_until=None if lifetime is None else at + _STILL_SIGNS_FOR + lifetime,
        )
    )
    if not changed:
        raise KeyIsRetired(str(key))
    transaction.on_commit(ACTIVE_KEYS.clear)
