"""Wrap scope keys anew under the present key-encryption key; no record is touched."""

from django.db import connection, transaction
from django.views.decorators.debug import sensitive_variables

from corpid.keys.envelope import Secret, key_encryption_keys, open_seal, seal
from corpid.keys.models import ScopeKey


@sensitive_variables("roots", "present")
@transaction.atomic
def rewrap_scope_keys(*, limit: int) -> int:
    """Re-wrap up to so many and return how many it were; 0: none is left that can be opened.

    Readers and writers go on: a row holds the same key before and after, and processes that
    remember its old wrapping open that too while they are given both key-encryption keys. A
    batch that is repeated, or two at once, do no harm.
    """
    roots = key_encryption_keys()
    fingerprint, *earlier = roots
    present = roots[fingerprint]
    rows = list(
        ScopeKey.objects.select_for_update(skip_locked=True)
        .filter(wrapped_by__in=earlier)
        .order_by("id")[:limit]
    )
    if not rows:
        return 0
    rewrapped = [_rewrap(row, roots[row.wrapped_by], present) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE keys_scopekey SET wrapped_key = new.wrapped_key, wrapped_by = %s
               FROM unnest(%s::uuid[], %s::bytea[]) AS new (id, wrapped_key)
               WHERE keys_scopekey.id = new.id""",
            [fingerprint, [row.id for row in rows], rewrapped],
        )
    return len(rows)


@sensitive_variables()
def _rewrap(row: ScopeKey, opened_by: Secret, wrapped_by: Secret) -> bytes:
    names = (row.purpose, row.scope_id, str(row.id))
    return seal(wrapped_by, open_seal(opened_by, bytes(row.wrapped_key), *names), *names)
