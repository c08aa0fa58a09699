"""Make the sandbox's companies, persons and e-services, and write var/sandbox.json."""

from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from corpid.demonstration.services.seed import seed


class Command(BaseCommand):
    help = "Seed the sandbox. A second run adds only what is missing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        seed(at=timezone.now())
