"""Write the catalogue of powers and system roles into the database, anew at each start."""

from collections.abc import Iterable

from django.db import transaction

from authentication.models import Power, Role
from authentication.powers import SYSTEM_ROLES, PowerDefinition


@transaction.atomic
def establish_catalogue(*, powers: Iterable[PowerDefinition]) -> None:
    roles = {
        role.key: Role.objects.update_or_create(
            company=None,
            key=role.key,
            defaults={
                "name_en": role.name_en,
                "name_tc": role.name_tc,
                "name_sc": role.name_sc,
            },
        )[0]
        for role in SYSTEM_ROLES
    }
    for definition in powers:
        power, _ = Power.objects.update_or_create(
            key=definition.key,
            defaults={
                "name_en": definition.name_en,
                "name_tc": definition.name_tc,
                "name_sc": definition.name_sc,
                "risk": definition.risk,
                "needs_limit": definition.needs_limit,
                "is_delegable": definition.is_delegable,
                "max_depth": definition.max_depth,
            },
        )
        power.roles.set([roles[key] for key in definition.roles])
