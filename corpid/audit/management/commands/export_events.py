"""Write the events that follow a size of the log, a line each, for list_lost_events."""

from typing import Any

import orjson
from django.core.management import BaseCommand, CommandParser

from corpid.audit.services.export_events import export_events


class Command(BaseCommand):
    help = (
        "Writes the events that follow a size of the log. Run it where the past that a restore "
        "has abandoned can still be read; finish_restore says which size."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", type=int, required=True, help="the restored size")

    def handle(self, *_args: Any, **options: Any) -> None:
        for each in export_events(after=options["after"]):
            line = {"index": each.index, "event": each.content}
            self.stdout.write(orjson.dumps(line).decode())
