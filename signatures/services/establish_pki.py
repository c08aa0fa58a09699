"""Make our authorities at the first start; later starts find them."""

import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import transaction

from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.ensure_key import ensure_key
from signatures.models import Certificate
from signatures.services.certify_authority import certify_authority
from signatures.services.find_present_certificate import (
    AuthorityNotEstablished,
    find_present_certificate,
)

RENEWED_BEFORE = timedelta(days=90)
_AUTHORITIES = (  # root first: each issues the next
    Certificate.Profile.ROOT,
    Certificate.Profile.ISSUING,
    Certificate.Profile.TSA,
    Certificate.Profile.OCSP,
)


@transaction.atomic
def establish_pki(*, at: datetime) -> None:
    """Issue what is missing or ends within 90 days, root first; write root.pem for readers."""
    for profile in _AUTHORITIES:
        try:
            find_present_certificate(profile, at=at + RENEWED_BEFORE)
        except AuthorityNotEstablished:
            certify_authority(profile=profile, at=at)
    ensure_key(purpose=Purpose.AUTHORITY, algorithm=Algorithm.ES256, at=at)
    root = find_present_certificate(Certificate.Profile.ROOT, at=at)
    _write(settings.STATE_DIR / "root.pem", root.as_x509().public_bytes(Encoding.PEM))


def _write(path: Path, content: bytes) -> None:
    """Write whole or not at all: others may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(path)
