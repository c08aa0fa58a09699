"""The sandbox's catcher of webhooks: an endpoint that takes everything, for looking at."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from corpid.identifiers import uuid7

MAX_BYTES = 64 * 1024
KEPT = 200
_SHOWN_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type")


@dataclass(frozen=True, slots=True)
class Caught:
    caught_at: datetime
    headers: Mapping[str, str]
    body: str

    @property
    def event_id(self) -> str:
        return self.headers.get("webhook-id", "")


def webhook_folder() -> Path:
    return Path(settings.STATE_DIR) / "webhooks"


def catch_webhook(*, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
    """Keep the newest; `headers` have names in lower case."""
    folder = webhook_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    document = {
        "caught_at": at.isoformat(),
        "headers": {name: headers[name] for name in _SHOWN_HEADERS if name in headers},
        "body": body.decode(errors="replace"),
    }
    part = folder / f"{uuid7()}.part"
    own = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(own, "w") as file:
        json.dump(document, file)
    part.rename(part.with_suffix(".json"))  # whole, or not there at all
    for old in sorted(folder.glob("*.json"), reverse=True)[KEPT:]:
        old.unlink(missing_ok=True)


def caught_webhooks(*, limit: int) -> Iterator[Caught]:
    """Give the newest first: their names are ordered by time."""
    for path in sorted(webhook_folder().glob("*.json"), reverse=True)[:limit]:
        read = json.loads(path.read_text())
        yield Caught(datetime.fromisoformat(read["caught_at"]), read["headers"], read["body"])
