"""Let each key that waits sign once every verifier knows it; publish the next in good time."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.keys.models import Purpose, SigningKey
from corpid.keys.rotation import ACTIVE_FOR, published_before_use
from corpid.keys.scope_lock import lock_scope
from corpid.keys.services.activate_key import activate_key
from corpid.operations.services.publish_next_key import publish_next_key


def rotate_keys(*, at: datetime) -> list[SigningKey]:
    """Return the keys that begin to sign now. Running it often, or twice, is harmless."""
    active = SigningKey.objects.filter(
        purpose__in=list(ACTIVE_FOR), state=SigningKey.State.ACTIVE
    )
    scopes = active.order_by("purpose", "scope_id").values_list("purpose", "scope_id")
    return [
        begun
        for purpose, scope_id in scopes
        if (begun := _rotate(Purpose(purpose), scope_id, at)) is not None
    ]


@transaction.atomic
def _rotate(purpose: Purpose, scope_id: str, at: datetime) -> SigningKey | None:
    lock_scope(purpose, scope_id)
    of_scope = SigningKey.objects.filter(purpose=purpose, scope_id=scope_id)
    waiting = of_scope.filter(state=SigningKey.State.NEXT).order_by("created_at").first()
    if waiting is not None:
        is_known = waiting.created_at + published_before_use() <= at
        return _activate(waiting, at) if is_known else None
    publish_from = at + published_before_use() - ACTIVE_FOR[purpose]
    if of_scope.filter(state=SigningKey.State.ACTIVE, activated_at__lte=publish_from).exists():
        publish_next_key(purpose=purpose, scope_id=scope_id, at=at, actor="system")
    return None


def _activate(key: SigningKey, at: datetime) -> SigningKey:
    begun = activate_key(key=key, at=at)
    record_event(
        kind="operations.key.activated",
        at=at,
        actor="system",
        subject=f"key:{key.kid}",
        facts={"purpose": key.purpose},
    )
    return begun
