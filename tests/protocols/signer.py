"""A party with a P-256 key that signs whatever a test wants said."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from corpid.protocols.jwk import KeySet, read_key_set


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Signer:
    """A party with a P-256 key, as clients have one."""

    algorithm = "ES256"

    def __init__(self, kid: str = "one") -> None:
        self.kid = kid
        self.private_key = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self) -> dict[str, Any]:
        point = self.private_key.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": b64(point.x.to_bytes(32)),
            "y": b64(point.y.to_bytes(32)),
            "kid": self.kid,
        }

    @property
    def keys(self) -> KeySet:
        return read_key_set({"keys": [self.jwk]})

    def signature(self, signing_input: bytes) -> bytes:
        der = self.private_key.sign(signing_input, ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        return r.to_bytes(32) + s.to_bytes(32)

    def sign(self, header: dict[str, Any], claims: dict[str, Any] | str) -> str:
        header = {"alg": self.algorithm, "kid": self.kid} | header
        payload = claims if isinstance(claims, str) else json.dumps(claims)
        signing_input = f"{b64(json.dumps(header).encode())}.{b64(payload.encode())}"
        return f"{signing_input}.{b64(self.signature(signing_input.encode()))}"
