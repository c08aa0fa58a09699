"""Secrets of one sandbox, drawn once and kept in its state folder alone (`demonstration.json`).

The database takes what this file says, so a wiped database comes back with the same accounts
and keys; where the file is lost, new ones are drawn and the database follows.
"""

import base64
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

_TOTP_BYTES = 20  # RFC 4226, section 4, R6

Jwks = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class SandboxSecrets:
    totp: Mapping[str, str]  # by e-mail, base32 without padding
    private_jwks: Mapping[str, Jwks]  # by e-service, `use` sig and enc


def keep_secrets(
    path: Path, *, emails: Iterable[str], e_services: Iterable[str]
) -> SandboxSecrets:
    """Read the file, draw what it lacks, and write it back if anything was drawn."""
    kept: dict[str, dict[str, Any]] = json.loads(path.read_text()) if path.exists() else {}
    before = json.dumps(kept)
    totp = kept.setdefault("totp", {})
    private_jwks = kept.setdefault("private_jwks", {})
    for email in emails:
        if email not in totp:
            totp[email] = _draw_totp()
    for slug in e_services:
        if slug not in private_jwks:
            private_jwks[slug] = _draw_jwks()
    found = SandboxSecrets(totp=totp, private_jwks=private_jwks)
    if json.dumps(kept) != before:
        write_privately(path, asdict(found))
    return found


def public_jwks(private: Jwks) -> Jwks:
    return {"keys": [ECKey.import_key(key).as_dict(private=False) for key in private["keys"]]}


def write_privately(path: Path, content: Mapping[str, Any]) -> None:
    """Replace a JSON file at once, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2, ensure_ascii=False)
        file.write("\n")
    part.replace(path)


def _draw_totp() -> str:
    return base64.b32encode(secrets.token_bytes(_TOTP_BYTES)).decode().rstrip("=")


def _draw_jwks() -> Jwks:
    return {"keys": [_draw_key("sig", "ES256"), _draw_key("enc", "ECDH-ES+A256KW")]}


def _draw_key(use: str, algorithm: str) -> dict[str, Any]:
    key = ECKey.generate_key("P-256", {"use": use, "alg": algorithm}, auto_kid=True)
    return dict(key.as_dict(private=True))
