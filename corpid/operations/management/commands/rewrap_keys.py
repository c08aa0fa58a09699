"""Wrap everything under the present KEY_ENCRYPTION_KEY, by a job; or say how far that is."""

from typing import Any

from django.core.management import BaseCommand, CommandParser
from django.utils import timezone

from corpid.keys.services.count_scope_keys import count_scope_keys
from corpid.operations.services.begin_rewrap import begin_rewrap


class Command(BaseCommand):
    help = "Wrap all keys under the present KEY_ENCRYPTION_KEY; --status says how many are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--status", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["status"]:
            job = begin_rewrap(at=timezone.now(), actor="operator")
            self.stdout.write(f"job {job.id}")
        wrapped = count_scope_keys()
        self.stdout.write(
            f"under the present key: {wrapped.present}; under an earlier one: "
            f"{wrapped.earlier}; under one that is not given here: {wrapped.unknown}"
        )
