"""Publish the key that follows: verifiers learn it now, it signs once they all know it."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.rotation import ACTIVE_FOR
from corpid.keys.scope_lock import lock_scope
from corpid.keys.services.create_key import create_key


class NotRotatedThisWay(Conflict):
    code = "key_not_rotated_this_way"
    title = gettext_noop("Keys of this purpose are not rotated by publishing the next one.")
    remedy = gettext_noop("Keys with certificates are re-keyed; see the guide for operators.")


@transaction.atomic
def publish_next_key(
    *, purpose: Purpose, at: datetime, actor: str, scope_id: str = ""
) -> SigningKey:
    """Return the key that waits; one that waits already stays the next.

    `rotate_keys` lets it sign when its time has come. Raises NotRotatedThisWay.
    """
    if purpose not in ACTIVE_FOR:
        raise NotRotatedThisWay(purpose)
    lock_scope(purpose, scope_id)
    waiting = SigningKey.objects.filter(
        purpose=purpose, scope_id=scope_id, state=SigningKey.State.NEXT
    ).first()
    if waiting is not None:
        return waiting
    key = create_key(purpose=purpose, algorithm=Algorithm.ES256, at=at, scope_id=scope_id)
    record_event(
        kind="operations.key.published",
        at=at,
        actor=actor,
        subject=f"key:{key.kid}",
        facts={"purpose": purpose.value, "state": key.state},
    )
    return key
