"""Sign what the public is told of outages, so that a department may rely on it later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from corpid.keys.jws import sign_jwt
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.ensure_key import ensure_key
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


def publish_outages(*, at: datetime) -> PublishedOutages:
    outages = [_member(notice, at) for notice in list_outages(at=at)]
    ensure_key(purpose=Purpose.OUTAGE, algorithm=Algorithm.ES256, at=at)
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
