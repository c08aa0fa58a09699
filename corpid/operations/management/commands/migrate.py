"""Django's `migrate`, that keeps nobody waiting: a bounded wait for each lock, and patience.

An ALTER TABLE that waits behind a long transaction lets everybody else wait behind itself.
Here it gives up after a fraction of a second, lets them pass, and comes back. A migration is
one transaction (a test asks for it), so what gave up has left nothing behind.
"""

import time
from datetime import timedelta
from typing import Any

from django.core.management.commands.migrate import Command as DjangosMigrate
from django.db import OperationalError, connections
from psycopg2.errors import DeadlockDetected, LockNotAvailable

from corpid.operations.pooling import refuse_pooler

LOCK_TIMEOUT = timedelta(milliseconds=200)
PATIENCE = timedelta(minutes=10)
_PAUSE = timedelta(milliseconds=500)


class Command(DjangosMigrate):
    def handle(self, *arguments: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        refuse_pooler(connection)
        give_up_at = time.monotonic() + PATIENCE.total_seconds()
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET lock_timeout = %s", [f"{LOCK_TIMEOUT // timedelta(milliseconds=1)}ms"]
                )
            try:
                super().handle(*arguments, **options)
            except OperationalError as error:
                is_busy = isinstance(error.__cause__, LockNotAvailable | DeadlockDetected)
                if not is_busy or time.monotonic() > give_up_at:
                    raise
                self.stdout.write(f"  tables are in use, trying again: {error}")
                time.sleep(_PAUSE.total_seconds())
            else:
                break
            finally:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = DEFAULT")
