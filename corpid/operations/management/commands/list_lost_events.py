"""List what a restore has lost, so that people can set it again."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from corpid.errors import CorpIDError
from corpid.operations.services.list_lost_events import Group, Lost, list_lost_events


class Command(BaseCommand):
    help = (
        "Lists the switches, suspensions, restrictions, revocations, removals and uses of "
        "limits that a restore has lost, from a file that export_events made of the "
        "abandoned past."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with options["file"].open(encoding="utf-8") as lines:
                lost = list_lost_events(
                    lines=lines, actor=f"operator:{options['by']}", at=timezone.now()
                )
        except (CorpIDError, OSError) as refusal:
            raise CommandError(str(refusal)) from refusal
        self._tell(lost)

    def _tell(self, lost: Lost) -> None:
        for group in Group:
            for each in lost.groups.get(group, ()):
                amount = f" {each.amount}" if each.amount else ""
                mark = "" if each.is_proved else " (no head outside covers it)"
                self.stdout.write(
                    f"lost {group}: {each.recorded_at} {each.kind} {each.subject}"
                    f"{amount} by {each.actor}{mark}"
                )
        for kind, count in sorted(lost.others.items()):
            self.stdout.write(f"lost otherwise: {count} {kind}")
        self.stdout.write(
            f"The file is proved by heads outside from {lost.log_size} to {lost.proved_to}"
            " events."
        )
        if lost.missing:
            self.stdout.write(
                f"Outside, {lost.missing} events more are known to have been: the file lacks"
                " them."
            )
