"""The bytes of an event that are hashed, and the salted commitments inside them.

An event is written as JSON with sorted names and no white space; times are UTC with six
digits. Whole numbers, text, booleans, lists and objects only: nothing that PostgreSQL's jsonb
or another reader would write differently, floating point least of all.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

import orjson

from corpid.protocols.merkle import leaf_hash

JSON: TypeAlias = "bool | int | str | list[JSON] | tuple[JSON, ...] | Mapping[str, JSON] | None"


def event_content(
    *,
    event_id: UUID,
    recorded_at: datetime,
    kind: str,
    actor: str,
    subject: str,
    company_id: UUID | None,
    facts: Mapping[str, JSON],
    commitments: Mapping[str, str],
) -> dict[str, JSON]:
    """Give what is hashed of an event, as the objects of JSON."""
    return {
        "id": str(event_id),
        "recorded_at": recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "kind": kind,
        "actor": actor,
        "subject": subject,
        "company_id": None if company_id is None else str(company_id),
        "facts": plain(facts),
        "commitments": dict(commitments),
    }


def event_hash(
    *,
    event_id: UUID,
    recorded_at: datetime,
    kind: str,
    actor: str,
    subject: str,
    company_id: UUID | None,
    facts: Mapping[str, JSON],
    commitments: Mapping[str, str],
) -> bytes:
    """Hash the event as a leaf of the tree (RFC 6962, section 2.1)."""
    content = event_content(
        event_id=event_id,
        recorded_at=recorded_at,
        kind=kind,
        actor=actor,
        subject=subject,
        company_id=company_id,
        facts=facts,
        commitments=commitments,
    )
    return leaf_hash(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


def commitment(*, event_id: UUID, name: str, value: str, salt: bytes) -> str:
    """Commit to a personal value; without the salt it can't be guessed, even from few choices.

    Once value and salt are erased, the commitment says nothing any more and the proof stands.
    """
    content = orjson.dumps([str(event_id), name, value])
    return hashlib.sha256(b"corpid audit commitment\0" + salt + content).hexdigest()


def plain(value: JSON) -> JSON:
    """Rebuild facts of dicts and lists alone; refuse floating point."""
    if isinstance(value, float):
        raise TypeError("facts of an event hold no floating-point numbers: write text")
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value
