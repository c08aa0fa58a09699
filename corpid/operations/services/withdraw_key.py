"""A stolen key: it signs nothing more and nobody is told to trust it, from this moment."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.keys.bounded import forget_everything
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.rotation import ACTIVE_FOR
from corpid.keys.scope_lock import lock_scope
from corpid.keys.services.activate_key import activate_key
from corpid.keys.services.active_key import NoActiveKey
from corpid.keys.services.create_key import create_key
from corpid.operations.services.publish_next_key import NotRotatedThisWay


@transaction.atomic
def withdraw_key(
    *, purpose: Purpose, reason: str, at: datetime, actor: str, scope_id: str = ""
) -> SigningKey:
    """Return the key that signs instead: the next if one waits, or a new one.

    What the withdrawn key signed is rejected by everybody who looks at the key set again, valid
    or not, and the new key's signatures by those who have not looked: that is the price.
    Raises NotRotatedThisWay, NoActiveKey.
    """
    if purpose not in ACTIVE_FOR:
        raise NotRotatedThisWay(purpose)
    lock_scope(purpose, scope_id)
    of_scope = SigningKey.objects.filter(purpose=purpose, scope_id=scope_id)
    stolen = of_scope.filter(state=SigningKey.State.ACTIVE).first()
    if stolen is None:
        raise NoActiveKey(f"{purpose} {scope_id}".strip())
    following = of_scope.filter(state=SigningKey.State.NEXT).order_by("created_at").first()
    if following is None:
        following = create_key(
            purpose=purpose, algorithm=Algorithm.ES256, at=at, scope_id=scope_id
        )
    following = activate_key(key=following, at=at)
    SigningKey.objects.filter(id=stolen.id).update(published_until=at)
    record_event(
        kind="operations.key.withdrawn",
        at=at,
        actor=actor,
        subject=f"key:{stolen.kid}",
        facts={"purpose": purpose.value, "reason": reason, "followed_by": following.kid},
    )
    transaction.on_commit(forget_everything)
    return following
