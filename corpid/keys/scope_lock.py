"""One process at a time makes the first key of a scope; the others then find it."""

from django.db import connection

from corpid.keys.models import Purpose


def lock_scope(purpose: Purpose, scope_id: str) -> None:
    """Wait for whoever makes a key of this scope; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"corpid.keys {purpose} {scope_id}"],
        )
