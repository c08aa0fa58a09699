"""After a restore: look for every file, end what must not come back, record it."""

from datetime import datetime
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from corpid.errors import CorpIDError
from corpid.operations.services.finish_restore import finish_restore


class Command(BaseCommand):
    help = (
        "Makes a restored database safe before anybody is served, and records the restore in "
        "the audit log. Run it after each restore, with the web servers and workers stopped; "
        "if it is interrupted, run it again. Until it has ended well nobody is served."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--backup", required=True, help="which one it came from")
        parser.add_argument("--to", type=datetime.fromisoformat, help="the moment, if one")
        parser.add_argument("--by", required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            restored = finish_restore(
                backup=options["backup"],
                restored_to=options["to"],
                actor=f"operator:{options['by']}",
                at=timezone.now(),
            )
        except CorpIDError as refusal:
            raise CommandError(f"{refusal.title} {refusal.detail}".rstrip()) from refusal
        for name, count in restored.ended.items():
            self.stdout.write(f"{count} {name} ended")
        self.stdout.write(
            "Switched off: signing, issuing, sending of company data. Kill switches, "
            "suspensions and revocations of after the moment are gone. Repeat them "
            "(list_lost_events), then two caseworkers turn these functions on."
        )
        for place in restored.unreadable_places:
            self.stdout.write(f"{place} could not be read: its heads are not recorded")
        for place, count in restored.unreadable_notes.items():
            self.stdout.write(
                f"{count} notes in {place} open with no audit key of the restored database "
                "(damaged, or signed by a key made later): their heads are not recorded"
            )
        self.stdout.write(f"The restored log holds {restored.log_size} events.")
        if restored.abandoned:
            self.stdout.write(
                f"The audit log goes on from {restored.log_size} events; outside it is known "
                f"up to {restored.abandoned[-1][0]}. Whoever verifies it has to be told: "
                f"verify_audit --accept-restore {restored.event_id}"
            )
