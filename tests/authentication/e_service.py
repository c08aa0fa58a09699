"""An e-service of the FAPI profile for tests: signs assertions and proofs, calls the doors."""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.test import Client
from django.utils import timezone

from authentication.models import EService
from authentication.oidc.client_assertion import ASSERTION_TYPE
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.ensure_key import ensure_key
from tests.protocols.signer import Signer, b64

REDIRECT_URI = "https://form.example/callback"
SCOPES = ["openid", "companies", "authority", "sign"]


@dataclass(frozen=True)
class In:
    """A moment so many seconds after the test's own; parameters are made long before."""

    seconds: int


def at_once(changes: dict[str, Any]) -> dict[str, Any]:
    """Turn each `In` into a moment."""
    return {
        name: int(time.time()) + value.seconds if isinstance(value, In) else value
        for name, value in changes.items()
    }


def sha256(text: str) -> str:
    return b64(hashlib.sha256(text.encode()).digest())


def read_claims(token: str) -> dict[str, Any]:
    """Read the claims without verifying."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


@dataclass
class Relying:
    """The e-service's software. Every parameter of a message can be changed or left out."""

    row: EService
    signer: Signer
    proof_key: Signer = field(default_factory=lambda: Signer(kid="proof"))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    http: Client = field(default_factory=Client)
    nonce: str | None = None

    @property
    def client_id(self) -> str:
        return self.row.client_id

    def assertion(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": settings.BASE_URL,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        } | changes
        present = {name: value for name, value in claims.items() if value is not None}
        return self.signer.sign(header or {}, present)

    def credentials(self, assertion: str | None = None) -> dict[str, str]:
        return {
            "client_id": self.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(),
        }

    def proof(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        header: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        claims = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": settings.BASE_URL + path,
            "iat": int(time.time()),
            "nonce": self.nonce,
            "ath": sha256(token) if token else None,
        } | changes
        header = {"typ": "dpop+jwt", "jwk": self.proof_key.jwk} | (header or {})
        present = {name: value for name, value in claims.items() if value is not None}
        kept = {name: value for name, value in header.items() if value is not None}
        return self.proof_key.sign(kept, present)

    def learn_nonce(self) -> None:
        """Be told the nonce, as the first answer to any client does."""
        answer = self.http.post(
            "/oauth/token",
            urlencode(self.credentials()),
            content_type="application/x-www-form-urlencoded",
            headers={"DPoP": self.proof("POST", "/oauth/token")},
        )
        assert answer.json()["error"] == "use_dpop_nonce", answer.content
        self.nonce = answer["DPoP-Nonce"]

    def post(self, path: str, fields: dict[str, str] | str, *, proof: str | None = None) -> Any:
        body = fields if isinstance(fields, str) else urlencode(fields)
        headers = {"DPoP": proof} if proof else {}
        return self.http.post(
            path, body, content_type="application/x-www-form-urlencoded", headers=headers
        )

    def request(self, **changes: str | None) -> dict[str, str]:
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.row.redirect_uris[0],
            "scope": "openid",
            "state": "some-state",
            "nonce": "some-nonce",
            "code_challenge": sha256(self.verifier),
            "code_challenge_method": "S256",
        } | changes
        return {name: value for name, value in parameters.items() if value is not None}

    def push(self, *, proof: str | None = None, **changes: str | None) -> Any:
        return self.post(
            "/oauth/par", self.request(**changes) | self.credentials(), proof=proof
        )

    def address(self, **changes: str | None) -> str:
        """Push and say where the browser goes."""
        pushed = self.push(**changes)
        assert pushed.status_code == 201, pushed.content
        query = {"client_id": self.client_id, "request_uri": pushed.json()["request_uri"]}
        return f"/oauth/authorize?{urlencode(query)}"

    def exchange(self, code: str, /, *, proof: str | None = None, **changes: str | None) -> Any:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.row.redirect_uris[0],
            "code_verifier": self.verifier,
        } | changes
        return self._ask_for_tokens(fields, proof)

    def refresh(self, token: str, /, *, proof: str | None = None, **changes: str | None) -> Any:
        fields = {"grant_type": "refresh_token", "refresh_token": token} | changes
        return self._ask_for_tokens(fields, proof)

    def narrow(self, token: str, /, *, proof: str | None = None, **changes: str | None) -> Any:
        fields = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": token,
            "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        } | changes
        return self._ask_for_tokens(fields, proof)

    def revoke(self, token: str | None, /, **more: str) -> Any:
        fields = self.credentials() | ({"token": token} if token else {}) | more
        return self.post("/oauth/revoke", fields)

    def introspect(self, token: str | None, /, *, accept: str = "", **more: str) -> Any:
        fields = self.credentials() | ({"token": token} if token else {}) | more
        return self.http.post(
            "/oauth/introspect",
            urlencode(fields),
            content_type="application/x-www-form-urlencoded",
            headers={"Accept": accept} if accept else {},
        )

    def _ask_for_tokens(self, fields: dict[str, str | None], proof: str | None) -> Any:
        if self.nonce is None:
            self.learn_nonce()
        return self.post(
            "/oauth/token",
            self.credentials() | {name: value for name, value in fields.items() if value},
            proof=proof or self.proof("POST", "/oauth/token"),
        )

    def own_token(self, scope: str) -> str:
        """Ask for a token that speaks for the e-service alone."""
        if self.nonce is None:
            self.learn_nonce()
        answer = self.post(
            "/oauth/token",
            self.credentials() | {"grant_type": "client_credentials", "scope": scope},
            proof=self.proof("POST", "/oauth/token"),
        )
        token: str = answer.json()["access_token"]
        return token

    def call(self, token: str, path: str, *, method: str = "GET", **proof: Any) -> Any:
        if self.nonce is None:
            self.learn_nonce()
        return self.http.generic(
            method,
            path,
            headers={
                "Authorization": f"DPoP {token}",
                "DPoP": self.proof(method, path, token=token, **proof),
            },
        )

    def send(self, token: str, path: str, body: Any, **headers: str) -> Any:
        """POST JSON with the token."""
        if self.nonce is None:
            self.learn_nonce()
        return self.http.post(
            path,
            body,
            content_type="application/json",
            headers={
                "Authorization": f"DPoP {token}",
                "DPoP": self.proof("POST", path, token=token),
                **headers,
            },
        )


def make_relying(**fields: Any) -> Relying:
    """Register an e-service of the FAPI profile, and let the provider have its key."""
    ensure_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=timezone.now())
    signer = Signer(kid="e-service")
    row = EService.objects.create(
        **{
            "slug": f"form-{secrets.token_hex(4)}",
            "kind": EService.Kind.DEPARTMENT,
            "name_en": "Licence renewal",
            "name_tc": "牌照續期",
            "name_sc": "牌照续期",
            "profile": EService.Profile.FAPI2,
            "jwks": {"keys": [signer.jwk]},
            "redirect_uris": [REDIRECT_URI],
            "sector_identifier": secrets.token_hex(8),
            "scopes": SCOPES,
            "status": EService.Status.ACTIVE,
        }
        | fields
    )
    return Relying(row, signer)


def seen_on(page: Any) -> str:
    """Find the digest of what the consent page shows."""
    digest: str = page.context["digest"]
    return digest


def answer_of(response: Any) -> dict[str, str]:
    """Read what the browser carries back to the e-service."""
    assert response.status_code == 303, response.content.decode()
    query = parse_qs(urlsplit(response["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def approve(browser: Client, address: str, **changes: str) -> Any:
    """Open the consent page and say yes."""
    page = browser.get(address)
    assert page.status_code == 200, (page.status_code, page.get("Location"))
    return browser.post(address, {"decision": "approve", "seen": seen_on(page)} | changes)


def sign_in_code(relying: Relying, browser: Client, **changes: str | None) -> str:
    """Go the whole way to a code."""
    address = relying.address(**changes)
    response = browser.get(address)
    if response.status_code == 200:
        response = browser.post(address, {"decision": "approve", "seen": seen_on(response)})
    return answer_of(response)["code"]
