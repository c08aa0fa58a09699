"""Sole directors, each of a company of their own: people enough for thousands of approvals.

A one-time code works once in half a minute, so one person can't approve often. `write` runs
inside the product (`manage shell`); all that follows goes over HTTP.
"""

import base64
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from corpid.embedded.roles import ROOT
from tests.running import Product

PASSWORD = "correct horse battery"


def prepare_voters(product: Product, *, number: int, folder: Path) -> list[dict[str, Any]]:
    """Give each as var/sandbox.json names its persons, and `ubi`."""
    path = folder / "voters.json"
    words = f"from tests.chaos.voters import write; write({number}, {str(path)!r})"
    subprocess.run(
        [sys.executable, "-m", "corpid.embedded", "manage", "shell", "-c", words],
        check=True,
        cwd=ROOT,
        env={**os.environ, "CORPID_VAR": str(product.state)},
        timeout=300,
    )
    voters: list[dict[str, Any]] = json.loads(path.read_text())
    return voters


def write(number: int, path: str) -> None:
    from django.utils import timezone  # noqa: PLC0415  models need Django set up
    from django_otp.plugins.otp_totp.models import TOTPDevice  # noqa: PLC0415

    from tests.makers import make_company, make_officer, make_person  # noqa: PLC0415

    voters = []
    for count in range(number):
        email, key = f"director-{count}@chaos.example", secrets.token_bytes(20)
        person = make_person(f"Director {count}", email=email)
        TOTPDevice.objects.create(
            user=person.account, name="chaos", key=key.hex(), confirmed=True
        )
        company = make_company(f"Chaos {count} Limited")
        company.enrolled_at = timezone.now()
        company.save(update_fields=["enrolled_at"])
        make_officer(company, person)
        voters.append(
            {
                "email": email,
                "password": PASSWORD,
                "totp_secret": base64.b32encode(key).decode().rstrip("="),
                "ubi": company.ubi,
            }
        )
    Path(path).write_text(json.dumps(voters))
