"""An e-service's own software: assertions, proofs and tokens, cheaply made."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from benchmarks.measuring import Void
from benchmarks.over_http import Answer, Connection, Request
from benchmarks.product import Product

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE = 60  # seconds
_ALGORITHM = ec.ECDSA(hashes.SHA256())


class EService:
    """One e-service of the sandbox, with a DPoP key of its own."""

    def __init__(self, product: Product, slug: str) -> None:
        [facts] = [each for each in product.sandbox["e_services"] if each["slug"] == slug]
        [signing] = [key for key in facts["private_jwks"]["keys"] if key["use"] == "sig"]
        self.client_id: str = facts["client_id"]
        self._issuer = product.base_url
        self._kid: str = signing["kid"]
        self._key = ec.derive_private_key(_number(signing["d"]), ec.SECP256R1())
        self._proof_key = ec.generate_private_key(ec.SECP256R1())
        self._nonce = ""
        self._await_memory(product)

    def _await_memory(self, product: Product) -> None:
        """Wait until assertions made now are young enough.

        A Valkey that has just started remembers nothing, so what was signed before its first
        question is refused, once.
        """
        connection = Connection(product.base_url)
        for tries_left in (2, 1, 0):
            try:
                self.ask_for_token(connection, scope="prefill")
            except Void:
                if not tries_left:
                    raise
                time.sleep(1.5)  # `iat` has whole seconds
            else:
                break
        connection.close()

    def ask_for_token(self, connection: Connection, scope: str) -> str:
        """Get a token for the e-service itself (client credentials, private_key_jwt, DPoP)."""
        now = int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self._issuer}
        claims |= {"jti": secrets.token_urlsafe(16), "iat": now, "exp": now + _LIFE}  # type: ignore[dict-item]  # numbers too
        form = {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_id": self.client_id,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": _jwt(self._key, {"alg": "ES256", "kid": self._kid}, claims),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        answer = self._send(connection, Request("POST", "/oauth/token", headers, body))
        if answer.status == HTTPStatus.BAD_REQUEST:  # it told the nonce that it wants
            return self.ask_for_token(connection, scope)
        return str(json.loads(answer.body)["access_token"])

    def call(self, connection: Connection, request: Request, token: str) -> Answer:
        """Call the API with a bound token."""
        answer = self._send(connection, request, token)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            answer = self._send(connection, request, token)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _void(request, answer)
        return answer

    def _send(
        self, connection: Connection, request: Request, token: str | None = None
    ) -> Answer:
        """Send with a proof; an answer that only lacked the nonce is the caller's to repeat."""
        headers = {**request.headers, "DPoP": self._proof(request, token)}
        if token is not None:
            headers["Authorization"] = f"DPoP {token}"
        answer = connection.send(Request(request.method, request.path, headers, request.body))
        lacked = self._nonce
        self._nonce = answer.headers.get("DPoP-Nonce") or self._nonce
        if answer.status >= HTTPStatus.BAD_REQUEST and self._nonce == lacked:
            raise _void(request, answer)
        return answer

    def _proof(self, request: Request, token: str | None) -> str:
        """Make a DPoP proof (RFC 9449, section 4.2)."""
        point = self._proof_key.public_key().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256"}
        jwk |= {"x": _b64(point.x.to_bytes(32)), "y": _b64(point.y.to_bytes(32))}
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": request.method,
            "htu": self._issuer + request.path.split("?", maxsplit=1)[0],
            "iat": int(time.time()),
        }
        if token is not None:
            claims["ath"] = _b64(hashlib.sha256(token.encode()).digest())
        if self._nonce:
            claims["nonce"] = self._nonce
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk}
        return _jwt(self._proof_key, header, claims)


def _void(request: Request, answer: Answer) -> Void:
    said = answer.body[:400].decode(errors="replace")
    return Void(f"{request.method} {request.path}: {answer.status} {said}")


def _jwt(
    key: ec.EllipticCurvePrivateKey, header: Mapping[str, Any], claims: Mapping[str, Any]
) -> str:
    signing_input = ".".join(_b64(json.dumps(part).encode()) for part in (header, claims))
    r, s = decode_dss_signature(key.sign(signing_input.encode(), _ALGORITHM))
    return f"{signing_input}.{_b64(r.to_bytes(32) + s.to_bytes(32))}"


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
