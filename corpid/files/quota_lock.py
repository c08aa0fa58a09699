"""Files of one holder are added up one after another: a lock for each quota, in PostgreSQL."""

from django.db import connection

from corpid.files.holder import Holder


def take_quota(holder: Holder) -> None:
    """Have it alone until the transaction ends; waits for who has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"corpid.files {holder}"],
        )
