"""Write persons as the registers name them, found again by their identity document."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings

from authentication.identity_document import IdentityDocument, read_identity_document
from authentication.models import Person
from corpid.demonstration.invention.facts import InventedPerson


def seed_persons(invented: Sequence[InventedPerson], *, at: datetime) -> Mapping[str, UUID]:
    """Give each person's id by identity card number as printed."""
    key = settings.IDENTIFIER_HMAC_KEY
    digests = {
        person.hkid: read_identity_document("hkid", person.hkid).digest(key)
        for person in invented
    }
    known = _ids_by_digest()
    missing = [person for person in invented if digests[person.hkid] not in known]
    if missing:
        Person.objects.bulk_create(
            [_row(person, digests[person.hkid], at) for person in missing]
        )
        known = _ids_by_digest()
    return {person.hkid: known[digests[person.hkid]] for person in invented}


def _ids_by_digest() -> dict[bytes, UUID]:
    rows = Person.objects.filter(document_kind=Person.DocumentKind.HKID).values_list(
        "document_hmac", "id"
    )
    return {bytes(digest): person_id for digest, person_id in rows}


def _row(person: InventedPerson, digest: bytes, at: datetime) -> Person:
    document: IdentityDocument = read_identity_document("hkid", person.hkid)
    has_been_proven = person.has_account
    return Person(
        name_en=person.name.en,
        name_tc=person.name.tc,
        name_sc=person.name.sc,
        document_kind=Person.DocumentKind.HKID,
        document_hmac=digest,
        document_tail=document.tail,
        proof=Person.Proof.COUNTER if has_been_proven else Person.Proof.NONE,
        proven_at=at if has_been_proven else None,
    )
