"""Give the active key of a purpose and scope, making it if it is the first."""

from datetime import datetime

from django.db import transaction

from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.scope_lock import lock_scope
from corpid.keys.services.active_key import NoActiveKey, active_key
from corpid.keys.services.create_key import create_key


@transaction.atomic
def ensure_key(
    *,
    purpose: Purpose,
    algorithm: Algorithm,
    at: datetime,
    scope_id: str = "",
    wrapping_scope: str | None = None,
) -> SigningKey:
    try:
        return active_key(purpose, scope_id=scope_id)
    except NoActiveKey:
        lock_scope(purpose, scope_id)
    found = SigningKey.objects.filter(
        purpose=purpose, scope_id=scope_id, state=SigningKey.State.ACTIVE
    ).first()
    return found or create_key(
        purpose=purpose,
        algorithm=algorithm,
        at=at,
        scope_id=scope_id,
        wrapping_scope=wrapping_scope,
    )
