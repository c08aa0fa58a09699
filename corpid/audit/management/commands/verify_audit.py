"""Check the audit log against public keys and checkpoints kept outside the database."""

import time
from argparse import ArgumentParser
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError

from corpid.audit.outside.configured import NoSuchKindOfPlace, outside_places, place_at
from corpid.audit.outside.place import OutsidePlace, PlaceNotAvailable
from corpid.audit.services.verify_log import verify_log
from corpid.protocols.checkpoint import VerifierKey
from corpid.protocols.cosignature import CosignerKey

Key = TypeVar("Key", bound=VerifierKey)


class Command(BaseCommand):
    help = (
        "Checks every event against checkpoints kept outside. Trusts the public keys given "
        "and those checkpoints, nothing in the database. Fails if anything was changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--public-key",
            action="append",
            required=True,
            help="a verifier key (name+hash+base64) or a file of them, as /audit/public-key "
            "gave it when you first trusted it; may be repeated",
        )
        parser.add_argument(
            "--checkpoints",
            action="append",
            help="a place of checkpoints: a folder, a file, s3://… or postgres://… "
            "(default: every place that the settings name); may be repeated",
        )

        parser.add_argument(
            "--witness-key",
            action="append",
            default=[],
            help="a verifier key of a witness, or a file of them; one of them must then have "
            "cosigned a checkpoint; may be repeated",
        )

        parser.add_argument(
            "--accept-restore",
            action="append",
            default=[],
            metavar="EVENT",
            help="the id of a restore that you were told of: heads that it abandoned are no "
            "finding then; may be repeated",
        )

        parser.add_argument(
            "--every",
            type=float,
            metavar="SECONDS",
            help="check again and again, so many seconds apart, until something is found",
        )

    def handle(self, *, every: float | None = None, **given: Any) -> None:
        self._check(**given)
        while every is not None:
            time.sleep(every)
            self._check(**given)

    def _check(
        self,
        *,
        public_key: list[str],
        checkpoints: list[str] | None = None,
        witness_key: list[str] | None = None,
        accept_restore: Sequence[str] = (),
        **_: Any,
    ) -> None:
        keys = [key for given in public_key for key in _read_keys(VerifierKey, given)]
        witnesses = [
            key for given in witness_key or [] for key in _read_keys(CosignerKey, given)
        ]
        notes = chain.from_iterable(place.notes() for place in _places(checkpoints))
        try:
            verdict = verify_log(
                keys=keys,
                notes=notes,
                witnesses=witnesses,
                accepted_restores=accept_restore,
            )
        except PlaceNotAvailable as failure:
            raise CommandError(f"A place of checkpoints can't be read: {failure}") from failure
        self.stdout.write(
            f"{verdict.size} events sealed, {verdict.covered} covered by "
            f"{verdict.checkpoints} outside checkpoints, {verdict.waiting} waiting, "
            f"{verdict.erased} personal values erased"
        )
        if witnesses:
            self.stdout.write(f"{verdict.witnessed} of them under a cosigned checkpoint")
        if verdict.unreadable:
            self.stdout.write(f"{verdict.unreadable} lines outside are no checkpoints")
        for event_id in verdict.restores:
            self.stdout.write(f"restored from a backup: event {event_id}")
        for finding in verdict.findings:
            self.stdout.write(f"{finding.code}: {finding.where}")
        if not verdict.is_intact:
            found = len(verdict.findings)
            raise CommandError(f"The audit log is not intact: {found} findings.")
        self.stdout.write("The audit log is intact.")


def _places(addresses: list[str] | None) -> list[OutsidePlace]:
    try:
        return [place_at(address) for address in addresses] if addresses else outside_places()
    except NoSuchKindOfPlace as error:
        raise CommandError(f"No kind of place that is known: {error}") from error


def _read_keys(kind: type[Key], given: str) -> list[Key]:
    path = Path(given)
    lines = path.read_text().splitlines() if path.is_file() else [given]
    try:
        return [kind.read(line) for line in lines if line.strip()]
    except ValueError as error:
        raise CommandError(f"Not a verifier key (name+hash+base64): {error}") from error
