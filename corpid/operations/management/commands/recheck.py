"""Look again at everything that was signed and issued, now."""

from datetime import timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from corpid.operations.services.recheck import recheck


class Command(BaseCommand):
    help = (
        "Looks again at what was signed and issued, for so many minutes or until all of it "
        "was seen today. Fails while there are mismatches; the reading room lists them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--minutes", type=float, default=60.0)

    def handle(self, *_args: Any, **options: Any) -> None:
        done = recheck(budget=timedelta(minutes=options["minutes"]), now=timezone.now)
        self.stdout.write(f"{done.looked_at} looked at")
        for each in done.open_mismatches:
            self.stdout.write(f"{each.code}: {each.subject} {each.detail}")
        if done.open_mismatches:
            raise CommandError(f"{len(done.open_mismatches)} mismatches")
