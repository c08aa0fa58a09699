"""After a theft: take a key out of use and out of the key set at once."""

from typing import Any

from django.core.management import BaseCommand, CommandParser
from django.utils import timezone

from corpid.keys.models import Purpose
from corpid.keys.rotation import ACTIVE_FOR
from corpid.operations.services.withdraw_key import withdraw_key


class Command(BaseCommand):
    help = "Withdraw a stolen key at once; what it signed is rejected. Else: rotate_key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("purpose", choices=sorted(ACTIVE_FOR))
        parser.add_argument("--reason", required=True)
        parser.add_argument("--by", required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        key = withdraw_key(
            purpose=Purpose(options["purpose"]),
            reason=options["reason"],
            at=timezone.now(),
            actor=f"operator:{options['by']}",
        )
        self.stdout.write(f"{key.kid} signs now")
