"""What speaks with PostgreSQL itself: commands whose locks and settings are a session's.

PgBouncer lends a connection for one transaction. A session's lock would stay with whoever gets
that connection next, and a bounded wait for locks would bound somebody else's.
"""

from django.core.management import CommandError
from django.db.backends.base.base import BaseDatabaseWrapper


def refuse_pooler(connection: BaseDatabaseWrapper) -> None:
    """Raise CommandError unless PostgreSQL itself greeted us.

    A server names its process when a connection begins; a pooler makes that name up.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [serving] = cursor.fetchone()
    if connection.connection.get_backend_pid() != serving:
        raise CommandError(
            "DATABASE_URL leads through a connection pooler, which lends a connection for one"
            " transaction. Give this command the address of PostgreSQL itself."
        )
