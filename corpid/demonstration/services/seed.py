"""Put the invented world into the database, once; later runs add only what is missing.

Rows are found by what identifies them outside (UBI, identity document, e-mail, slug), so
nothing is doubled. What somebody has changed since in the portal stays as they left it.
"""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from authentication.models import Company
from authentication.services.establish_catalogue import establish_catalogue
from corpid.demonstration.invention.cast import CASEWORKERS, GOLDEN_HARVEST, PERSONS
from corpid.demonstration.invention.e_services import E_SERVICES
from corpid.demonstration.invention.world import invent_world
from corpid.demonstration.powers import ALL_POWERS
from corpid.demonstration.sandbox_secrets import SandboxSecrets, keep_secrets
from corpid.demonstration.services.seed_accounts import seed_accounts
from corpid.demonstration.services.seed_caseworkers import seed_caseworkers
from corpid.demonstration.services.seed_companies import seed_companies
from corpid.demonstration.services.seed_e_services import seed_e_services
from corpid.demonstration.services.seed_forms import seed_forms
from corpid.demonstration.services.seed_licences import seed_licences
from corpid.demonstration.services.seed_persons import seed_persons
from corpid.demonstration.services.write_register_data import write_register_data
from corpid.demonstration.services.write_sandbox_handle import write_sandbox_handle
from signatures.services.establish_pki import establish_pki


@transaction.atomic
def seed(*, at: datetime) -> None:
    folder = Path(settings.STATE_DIR)
    secrets = _secrets(folder)
    establish_catalogue(powers=ALL_POWERS)
    establish_pki(at=at)
    world = invent_world(timezone.localdate(_first_seeded_at(at)))
    persons = seed_persons(world.persons, at=at)
    seed_companies(world, persons=persons, at=at)
    seed_accounts(PERSONS, persons=persons, totp=secrets.totp, at=at)
    seed_caseworkers(CASEWORKERS, totp=secrets.totp, at=at)
    seed_e_services(E_SERVICES, private_jwks=secrets.private_jwks)
    seed_forms(E_SERVICES, at=at)
    seed_licences(world.companies, at=at)
    write_register_data(world, path=folder / "registers.json")
    write_sandbox_handle(secrets=secrets, at=at)


def _secrets(folder: Path) -> SandboxSecrets:
    emails = [*(person.email for person in PERSONS), *(email for email, _ in CASEWORKERS)]
    slugs = [e_service.slug for e_service in E_SERVICES]
    return keep_secrets(folder / "demonstration.json", emails=emails, e_services=slugs)


def _first_seeded_at(at: datetime) -> datetime:
    """Find the day around which this sandbox's dates lie."""
    enrolled = Company.objects.filter(ubi=GOLDEN_HARVEST).values_list("enrolled_at", flat=True)
    return enrolled.first() or at
