"""Write down what happened, in the transaction that makes it happen."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

import orjson
from django.db import connection, transaction

from corpid.audit.canonical import JSON, commitment, event_hash, plain
from corpid.audit.models import Event, PersonalValue
from corpid.identifiers import uuid7

_SALT_BYTES = 32
_NOTHING: Mapping[str, str] = MappingProxyType({})


def record_event(
    *,
    kind: str,
    at: datetime,
    actor: str,
    subject: str,
    company_id: UUID | None = None,
    facts: Mapping[str, JSON] = _NOTHING,
    personal: Mapping[str, str] = _NOTHING,
) -> Event:
    """Insert an event; it is sealed within two seconds of the commit.

    `actor` and `subject` are `<what>:<id>`: "person:<uuid>", "e-service:<client id>", "system".
    `facts` are ids, codes, counts and digests; whatever tells about a human being goes into
    `personal`, where it can be erased without breaking a proof. The company named by
    `company_id` sees the event, unless the facts say `may_be_told: False`.
    """
    event_id = uuid7()
    salts = {name: secrets.token_bytes(_SALT_BYTES) for name in personal}
    commitments = {
        name: commitment(event_id=event_id, name=name, value=value, salt=salts[name])
        for name, value in personal.items()
    }
    event = Event(
        id=event_id,
        recorded_at=at,
        kind=kind,
        actor=actor,
        subject=subject,
        company_id=company_id,
        facts=plain(facts),
        commitments=commitments,
    )
    event.hash = event_hash(
        event_id=event_id,
        recorded_at=at,
        kind=kind,
        actor=actor,
        subject=subject,
        company_id=company_id,
        facts=facts,
        commitments=commitments,
    )
    if not personal:
        _insert(event)  # one statement: whole by itself, and undone with the caller's
        return event
    with transaction.atomic(savepoint=False):
        _insert(event)
        PersonalValue.objects.bulk_create(
            PersonalValue(event_id=event_id, name=name, value=value, salt=salts[name])
            for name, value in personal.items()
        )
    return event


def _insert(event: Event) -> None:
    """Write the row by hand: it is in the path of every request, and the ORM takes twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit.event (id, recorded_at, kind, actor, subject, company_id, facts,"
            " commitments, hash) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                event.id,
                event.recorded_at,
                event.kind,
                event.actor,
                event.subject,
                event.company_id,
                orjson.dumps(event.facts).decode(),
                orjson.dumps(event.commitments).decode(),
                bytes(event.hash),
            ],
        )
