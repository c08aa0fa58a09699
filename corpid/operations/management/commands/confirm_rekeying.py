"""The second person's word: replace the keys that a re-keying has suspended."""

from typing import Any
from uuid import UUID

from django.core.management import BaseCommand, CommandParser
from django.utils import timezone

from corpid.operations.models import Rekeying
from corpid.operations.services.confirm_rekeying import confirm_rekeying


class Command(BaseCommand):
    help = "Replace the keys that a re-keying has suspended."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("rekeying", type=UUID)
        parser.add_argument("--by", required=True, help="who confirms: not who asked")

    def handle(self, *_args: Any, **options: Any) -> None:
        job = confirm_rekeying(
            rekeying=Rekeying.objects.get(id=options["rekeying"]),
            actor=f"operator:{options['by']}",
            at=timezone.now(),
        )
        self.stdout.write(f"job {job.id}")
