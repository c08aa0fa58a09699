"""Make the database ready: migrations, then what each app registered.

Run as the owner of the tables (DATABASE_URL of the owner's role), beside any connection pooler.
Several machines may run it at once: one works, the others wait and find everything done.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.core.management import BaseCommand, call_command
from django.db import connection
from django.utils import timezone

from corpid.operations.pooling import refuse_pooler
from corpid.operations.preparation import registered_preparations

_LOCK = 0x436F7270494400  # any number that nothing else takes ("CorpID")
_LOOKS_AGAIN_AFTER = 0.2  # seconds


class Command(BaseCommand):
    help = "Migrate the database and run every app's preparation."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **options: Any) -> None:
        refuse_pooler(connection)
        with _alone():
            call_command("migrate", interactive=False, verbosity=options["verbosity"])
            for name, step in registered_preparations():
                self.stdout.write(f"preparing {name}")
                step(timezone.now())


@contextmanager
def _alone() -> Iterator[None]:
    """Be the one that prepares, until the block ends or this process does.

    The lock is a connection's own: nothing that a migration or a step does to theirs gives it
    back early. Whoever waits asks again and again instead of standing in a statement, whose
    snapshot would stop a CREATE INDEX CONCURRENTLY of the one that works.
    """
    with closing(connection.copy()) as apart, apart.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            if cursor.fetchone() == (True,):
                break
            time.sleep(_LOOKS_AGAIN_AFTER)
        yield
