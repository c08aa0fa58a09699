"""Write `sandbox.json`: everything a person or a script needs to try Corp ID.

Who starts the processes adds their addresses to it; a key that nobody has filled is null.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from authentication.models import Company, EService, Person
from authentication.services.find_acting import find_acting
from corpid.demonstration.invention.cast import CASEWORKERS, PERSONS
from corpid.demonstration.invention.e_services import E_SERVICES, InventedEService
from corpid.demonstration.invention.facts import InventedPerson
from corpid.demonstration.sandbox_secrets import SandboxSecrets, write_privately
from corpid.demonstration.services.seed_account import SANDBOX_PASSWORD

Handle = dict[str, Any]

_FILLED_BY_THE_STARTER = ("database_url", "broker_url", "processes")


def write_sandbox_handle(*, secrets: SandboxSecrets, at: datetime) -> None:
    path = Path(settings.STATE_DIR) / "sandbox.json"
    kept: Handle = json.loads(path.read_text()) if path.exists() else {}
    handle = {
        "base_url": settings.BASE_URL,
        "issuer": settings.BASE_URL,
        "persons": [_person(person, secrets.totp, at) for person in PERSONS],
        "caseworkers": [_login(email, secrets.totp) for email, _ in CASEWORKERS],
        "companies": _companies(),
        "e_services": [_e_service(e_service, secrets) for e_service in E_SERVICES],
        "registers": _registers(settings.REGISTERS_URL),
        "examples": _examples(),
        "mailbox_url": f"{settings.BASE_URL}/sandbox/mailbox",
        "webhook_catcher_url": f"{settings.BASE_URL}/sandbox/webhooks",
        "root_certificate": _root_certificate(),
        **{key: kept.get(key) for key in _FILLED_BY_THE_STARTER},
    }
    if handle != kept:
        write_privately(path, handle)


def _login(email: str, totp: Mapping[str, str]) -> Handle:
    return {"email": email, "password": SANDBOX_PASSWORD, "totp_secret": totp[email]}


def _person(invented: InventedPerson, totp: Mapping[str, str], at: datetime) -> Handle:
    person = Person.objects.get(account__email=invented.email)
    return {
        **_login(invented.email, totp),
        "name_en": invented.name.en,
        "name_tc": invented.name.tc,
        "companies": [
            {
                "ubi": acting.company.ubi,
                "roles": list(acting.roles),
                "capacity": acting.capacity,
            }
            for acting in find_acting(person=person, at=at)
        ],
    }


def _companies() -> list[Handle]:
    rows = Company.objects.order_by("ubi").values_list(
        "ubi", "current_name__en", "current_name__tc", "kind"
    )
    return [
        {"ubi": ubi, "name_en": name_en, "name_tc": name_tc, "kind": kind}
        for ubi, name_en, name_tc, kind in rows
    ]


def _root_certificate() -> str | None:
    """Name the PEM file that the certification authority writes at the first start."""
    path = Path(settings.STATE_DIR) / "root.pem"
    return str(path) if path.exists() else None


def _registers(base_url: str) -> Handle | None:
    if not base_url:
        return None
    return {
        "base_url": base_url,
        "faults_url": f"{base_url}/faults",
        "events_url": f"{base_url}/events",
    }


def _examples() -> Handle:
    return {name: address or None for name, address in settings.EXAMPLES.items()}


def _e_service(invented: InventedEService, secrets: SandboxSecrets) -> Handle:
    row = EService.objects.get(slug=invented.slug)
    return {
        "slug": row.slug,
        "name": row.name_en,
        "client_id": row.client_id,
        "profile": row.profile,
        "private_jwks": secrets.private_jwks[row.slug],
        "client_secret": None,
        "redirect_uris": row.redirect_uris,
        "scopes": row.scopes,
        "webhook_secret": None,
        "credential_types": list(invented.credential_types),
    }
