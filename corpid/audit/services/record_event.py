"""Write down what happened, in the transaction that makes it happen."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db import transaction

from corpid.audit.canonical import JSON, commitment, event_hash, plain
from corpid.audit.models import Event, PersonalValue
from corpid.identifiers import uuid7

_SALT_BYTES = 32
_NOTHING: Mapping[str, str] = MappingProxyType({})


@transaction.atomic
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
    `personal`, where it can be erased without breaking a proof.
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
    event.save(force_insert=True)
    PersonalValue.objects.bulk_create(
        PersonalValue(event_id=event_id, name=name, value=value, salt=salts[name])
        for name, value in personal.items()
    )
    return event
