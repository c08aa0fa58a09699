"""Make the event table's months ahead of their time; by a function of the tables' owner."""

from datetime import datetime

from django.db import connection, transaction

_MONTHS_AHEAD = 3


@transaction.atomic
def ensure_partitions(*, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit.ensure_partitions(%s::date, %s)", [at.date(), _MONTHS_AHEAD]
        )
        return int(cursor.fetchone()[0])
