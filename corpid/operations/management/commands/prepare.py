"""Make the database ready: migrations, then what each app registered.

Run as the owner of the tables (DATABASE_URL of the owner's role). Several machines may run it
at once: one works, the others wait and find everything done.
"""

from typing import Any

from django.core.management import BaseCommand, call_command
from django.db import connection
from django.utils import timezone

from corpid.operations.preparation import registered_preparations

_LOCK = 0x436F7270494400  # any number that nothing else takes ("CorpID")


class Command(BaseCommand):
    help = "Migrate the database and run every app's preparation."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        for name, step in registered_preparations():
            self.stdout.write(f"preparing {name}")
            step(timezone.now())
        connection.close()  # which gives the lock back
