"""Give the persons of the cast a way to sign in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from authentication.models import Person
from corpid.demonstration.invention.facts import InventedPerson
from corpid.demonstration.services.seed_account import seed_account


def seed_accounts(
    invented: Iterable[InventedPerson],
    *,
    persons: Mapping[str, UUID],
    totp: Mapping[str, str],
    at: datetime,
) -> None:
    for person in invented:
        account = seed_account(email=person.email, totp=totp, at=at)
        Person.objects.filter(id=persons[person.hkid], account=None).update(account=account)
