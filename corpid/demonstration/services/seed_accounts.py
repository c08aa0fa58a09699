"""Give the persons of the cast, and two caseworkers, a password and a one-time code."""

import base64
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django_otp.plugins.otp_totp.models import TOTPDevice

from authentication.models import Account, Caseworker, Person
from corpid.demonstration.invention.facts import InventedPerson

# Known to everybody: the sandbox listens to its own machine alone and holds nothing real.
SANDBOX_PASSWORD = "lantern-harbour-47"  # noqa: S105

_CASEWORKERS = "Caseworkers"
# The reading room, starting a dead job again, letting a type of credential be issued.
_MAY = r"^(view_.*|change_job|approve_credentialtype)$"


def seed_accounts(
    invented: Iterable[InventedPerson],
    *,
    persons: Mapping[str, UUID],
    totp: Mapping[str, str],
) -> None:
    for person in invented:
        account = _account(person.email, totp)
        Person.objects.filter(id=persons[person.hkid], account=None).update(account=account)


def seed_caseworkers(
    caseworkers: Iterable[tuple[str, str]], *, totp: Mapping[str, str]
) -> None:
    group, is_new = Group.objects.get_or_create(name=_CASEWORKERS)
    if is_new:
        group.permissions.set(Permission.objects.filter(codename__regex=_MAY))
    for email, name in caseworkers:
        account = _account(email, totp, is_staff=True)
        Caseworker.objects.get_or_create(account=account, defaults={"name": name})
        account.groups.add(group)


def _account(email: str, totp: Mapping[str, str], *, is_staff: bool = False) -> Account:
    account = Account.objects.filter(email=email).first()
    if account is None:
        account = Account.objects.create_account(
            email=email, password=SANDBOX_PASSWORD, is_staff=is_staff
        )
    secret = base64.b32decode(totp[email] + "=" * (-len(totp[email]) % 8))
    TOTPDevice.objects.update_or_create(
        user=account, name="sandbox", defaults={"key": secret.hex(), "confirmed": True}
    )
    return account
