"""Sign what the public is told of outages, so that a department may rely on it later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from corpid.keys.bounded import Bounded
from corpid.keys.jws import sign_jwt
from corpid.keys.models import Purpose
from corpid.languages import TAGS
from corpid.operations.outage_notices import OutageNotice
from corpid.operations.services.list_outages import list_outages

TYPE = "outages+jwt"
GOOD_FOR = timedelta(minutes=5)  # as a statement about now; as one about then, for ever


@dataclass(frozen=True, slots=True)
class PublishedOutages:
    """`signed` is a JWS whose claims hold the very `outages`."""

    outages: list[dict[str, Any]]
    signed: str


Notices = tuple[OutageNotice, ...]

# Anybody may ask: a signature, which a token may make, is made once for each list remembered.
_PUBLISHED: Bounded[str, tuple[Notices, PublishedOutages]] = Bounded(entries=1, seconds=5.0)


def publish_outages(*, at: datetime) -> PublishedOutages:
    """Sign anew what is read anew; a change seen in the list is never answered with the old."""
    notices = list_outages(at=at)
    kept = _PUBLISHED.peek("all")
    if kept is not None and kept[0] == notices:
        return kept[1]
    published = _sign(notices, at)
    _PUBLISHED.put("all", (notices, published))
    return published


def _sign(notices: Notices, at: datetime) -> PublishedOutages:
    outages = [_member(notice, at) for notice in notices]
    signed = sign_jwt(
        purpose=Purpose.OUTAGE,
        header={"typ": TYPE},
        claims={
            "iss": settings.BASE_URL,
            "iat": int(at.timestamp()),
            "exp": int((at + GOOD_FOR).timestamp()),
            "outages": outages,
        },
        at=at,
    )
    return PublishedOutages(outages, signed)


def _member(notice: OutageNotice, at: datetime) -> dict[str, Any]:
    return {
        "id": notice.reference,
        "kind": "announced" if notice.is_announced else "switch",
        "state": notice.state(at=at),
        "functions": [str(each) for each in notice.functions],
        "client_id": notice.client_id or None,
        "starts_at": notice.starts_at.isoformat(),
        "ends_at": notice.ends_at.isoformat() if notice.ends_at else None,
        "told_at": notice.told_at.isoformat(),
        "text": {TAGS[language]: text for language, text in notice.texts.items()},
    }
