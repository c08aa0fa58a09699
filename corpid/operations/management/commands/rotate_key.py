"""Publish the next key of a purpose at once; it signs as soon as every verifier knows it."""

from typing import Any

from django.core.management import BaseCommand, CommandParser
from django.utils import timezone

from corpid.keys.models import Purpose
from corpid.keys.rotation import ACTIVE_FOR, published_before_use
from corpid.operations.services.publish_next_key import publish_next_key


class Command(BaseCommand):
    help = "Publish the next key of a purpose; it signs once every verifier knows it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("purpose", choices=sorted(ACTIVE_FOR))

    def handle(self, *_args: Any, **options: Any) -> None:
        key = publish_next_key(
            purpose=Purpose(options["purpose"]), at=timezone.now(), actor="operator"
        )
        from_then = (key.created_at + published_before_use()).isoformat(timespec="seconds")
        self.stdout.write(f"{key.kid} is {key.state}; it signs from {from_then}")
