"""Suspend all keys of a kind; a second person then confirms that they are replaced."""

from datetime import UTC, datetime
from typing import Any

from django.core.management import BaseCommand, CommandParser
from django.utils import timezone

from corpid.keys.models import Algorithm, SigningKey
from corpid.operations.rekeying import rekeyers
from corpid.operations.services.begin_rekeying import begin_rekeying


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Command(BaseCommand):
    help = "Suspend all keys with these properties at once; confirm_rekeying replaces them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--purpose", action="append", choices=list(rekeyers()), default=[])
        parser.add_argument("--algorithm", choices=Algorithm.values, default="")
        parser.add_argument("--backend", choices=SigningKey.Backend.values, default="")
        parser.add_argument("--created-before", type=_moment, help="ISO 8601; UTC if unnamed")
        parser.add_argument("--compromised", action="store_true", help="revoke as compromised")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--by", required=True, help="who asks")

    def handle(self, *_args: Any, **options: Any) -> None:
        rekeying = begin_rekeying(
            purposes=options["purpose"],
            algorithm=options["algorithm"],
            backend=options["backend"],
            created_before=options["created_before"],
            is_compromised=options["compromised"],
            reason=options["reason"],
            actor=f"operator:{options['by']}",
            at=timezone.now(),
        )
        self.stdout.write(f"{rekeying.id}: {rekeying.keys.count()} keys suspended")
