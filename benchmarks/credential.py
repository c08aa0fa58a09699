"""A credential with ten claims to disclose, for measuring its formats without their storage."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from django.utils import timezone

from corpid.protocols.public_jwk import public_jwk

DISCLOSURES = 10
HEADER = {"typ": "dc+sd-jwt", "kid": "benchmark"}
DISCLOSABLE = [(f"claim_{number}",) for number in range(DISCLOSURES)]
_PREHASHED = ec.ECDSA(Prehashed(hashes.SHA256()))

issuer_key = ec.generate_private_key(ec.SECP256R1())


def sign(digest: bytes) -> bytes:
    return issuer_key.sign(digest, _PREHASHED)


def claims() -> Mapping[str, Any]:
    now = int(timezone.now().timestamp())
    holder = ec.generate_private_key(ec.SECP256R1())
    return {
        "iss": "https://corpid.example/issuers/benchmark",
        "vct": "https://corpid.example/credential-types/benchmark",
        "iat": now,
        "exp": now + 365 * 86400,
        "cnf": {"jwk": public_jwk(holder.public_key())},
        "status": {
            "status_list": {"idx": 4711, "uri": "https://corpid.example/status-lists/1"}
        },
        **{f"claim_{number}": f"value no. {number}" for number in range(DISCLOSURES)},
    }
