"""Make a key pair for one purpose: active if it is the first of its scope, next otherwise."""

from datetime import datetime

from django.db import transaction

from corpid.identifiers import uuid7
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.remembered import ACTIVE_KEYS
from corpid.keys.scope_lock import lock_scope
from corpid.keys.store import key_store
from corpid.protocols.jwk import read_key
from corpid.protocols.public_jwk import public_jwk


@transaction.atomic
def create_key(
    *,
    purpose: Purpose,
    algorithm: Algorithm,
    at: datetime,
    scope_id: str = "",
    wrapping_scope: str | None = None,
) -> SigningKey:
    """`wrapping_scope` names the company whose key wraps this one; left out, the scope itself.

    A scope's second key waits as next: published, so that verifiers know it before it signs.
    """
    lock_scope(purpose, scope_id)
    first = not SigningKey.objects.filter(
        purpose=purpose, scope_id=scope_id, state=SigningKey.State.ACTIVE
    ).exists()
    wrapping_scope = scope_id if wrapping_scope is None else wrapping_scope
    key = SigningKey(
        id=uuid7(),
        purpose=purpose,
        scope_id=scope_id,
        algorithm=algorithm,
        state=SigningKey.State.ACTIVE if first else SigningKey.State.NEXT,
        wrapping_scope=wrapping_scope,
        created_at=at,
        activated_at=at if first else None,
    )
    made = key_store().generate(
        key_id=key.id, purpose=purpose, algorithm=algorithm, wrapping_scope=wrapping_scope
    )
    key.backend = made.backend
    key.public_key_der = made.public_key_der
    key.wrapped_data_key = made.wrapped_data_key
    key.sealed_private_key = made.sealed_private_key
    key.kid = read_key(public_jwk(key.public_key())).thumbprint
    key.save(force_insert=True)
    transaction.on_commit(ACTIVE_KEYS.clear)
    return key
