"""Give the caseworkers of the sandbox a way to sign in, and what they may see."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.contrib.auth.models import Group, Permission

from authentication.models import Caseworker
from corpid.demonstration.services.seed_account import seed_account

_CASEWORKERS = "Caseworkers"
# The reading room, starting a dead job again, letting a type of credential be issued, and the
# switches of functions and what the public is told of them.
_MAY = (
    r"^(view_.*|(redrive|stop)_job|approve_credentialtype|turn_(off|on)_function"
    r"|announce_outage)$"
)


def seed_caseworkers(
    caseworkers: Iterable[tuple[str, str]], *, totp: Mapping[str, str], at: datetime
) -> None:
    group, is_new = Group.objects.get_or_create(name=_CASEWORKERS)
    if is_new:
        group.permissions.set(Permission.objects.filter(codename__regex=_MAY))
    for email, name in caseworkers:
        account = seed_account(email=email, totp=totp, at=at, is_staff=True)
        Caseworker.objects.get_or_create(account=account, defaults={"name": name})
        account.groups.add(group)
