"""Files of one company are added up one after another: a lock for each quota, in PostgreSQL."""

from uuid import UUID

from django.db import connection


def take_quota(company_id: UUID) -> None:
    """Have it alone until the transaction ends; waits for who has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"corpid.files {company_id}"],
        )
