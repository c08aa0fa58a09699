"""A client of Corp ID in one file: sign in, call the API, open sealed results.

It needs a JOSE library (joserfc) and an HTTP client (httpx2). Every step is a published
standard, named where it is used; an OAuth library that knows FAPI 2.0 does the first half too.

    corp_id = CorpID(issuer, client_id, private_jwks)
    sign_in = corp_id.begin_sign_in(redirect_uri, scope="openid")   # send the browser there
    token   = corp_id.finish_sign_in(sign_in, query_of_the_callback)
    answer  = corp_id.call("GET", "/api/v1/companies", token.access_token)
"""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, KeySet

JSON = dict[str, Any]

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_CLOCK_SKEW = 10  # seconds that two clocks may differ


class CorpIDRefused(Exception):
    """Corp ID said no: `code` is stable, `trace_id` is what to quote when you ask why."""

    def __init__(self, status: int, answer: JSON) -> None:
        self.status = status
        self.code = str(answer.get("code") or answer.get("error") or "unknown")
        self.title = str(answer.get("title") or answer.get("error_description") or "")
        self.remedy = str(answer.get("remedy") or "")
        self.trace_id = str(answer.get("trace_id") or "")
        super().__init__(f"{status} {self.code}: {self.title} (trace id {self.trace_id})")


class AnswerNotTrusted(Exception):
    """A signed thing is not what it should be; the message says which check failed."""


@dataclass(frozen=True)
class SignIn:
    """What to remember, in the user's session, while the browser is away."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    address: str  # where to send the browser


@dataclass(frozen=True)
class SignedIn:
    """Who came back: `claims["corp"]` is the company, `claims["rep"]` the person's capacity."""

    claims: JSON
    access_token: str
    expires_at: float

    @property
    def is_fresh(self) -> bool:
        return time.time() < self.expires_at - _CLOCK_SKEW


@dataclass
class CorpID:
    issuer: str
    client_id: str
    private_jwks: JSON
    # The key that access tokens are bound to (DPoP, RFC 9449); a new one at each start is fine.
    proof_key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    def __post_init__(self) -> None:
        self._http = httpx2.Client(timeout=30)
        self._metadata: JSON = {}
        self._nonces: dict[str, str] = {}
        self._own_tokens: dict[str, SignedIn] = {}
        self._lock = threading.Lock()

    # -- Signing in (OpenID Connect, FAPI 2.0 Security Profile) --------------------------------

    def begin_sign_in(self, redirect_uri: str, *, scope: str, language: str = "en") -> SignIn:
        """Push the request (RFC 9126) with a PKCE challenge (RFC 7636)."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        pushed = self._post(
            "pushed_authorization_request_endpoint",
            {
                "response_type": "code",
                "scope": scope,
                "redirect_uri": redirect_uri,
                "state": state,
                "nonce": nonce,
                "code_challenge": _base64url(hashlib.sha256(verifier.encode()).digest()),
                "code_challenge_method": "S256",
                "ui_locales": language,
            },
        )
        query = urlencode({"client_id": self.client_id, "request_uri": pushed["request_uri"]})
        address = f"{self.metadata()['authorization_endpoint']}?{query}"
        return SignIn(state, nonce, verifier, redirect_uri, address)

    def finish_sign_in(self, sign_in: SignIn, query: dict[str, str]) -> SignedIn:
        """Take the callback's query, if it answers our question and comes from Corp ID."""
        if not secrets.compare_digest(query.get("state", ""), sign_in.state):
            raise AnswerNotTrusted("state is not ours")
        if query.get("iss") != self.issuer:  # RFC 9207: which provider answers?
            raise AnswerNotTrusted("iss is not Corp ID")
        if "error" in query:
            raise CorpIDRefused(400, dict(query))
        tokens = self._post(
            "token_endpoint",
            {
                "grant_type": "authorization_code",
                "code": query.get("code", ""),
                "redirect_uri": sign_in.redirect_uri,
                "code_verifier": sign_in.verifier,
            },
        )
        claims = self._verify_id_token(tokens["id_token"], sign_in.nonce)
        expires_at = time.time() + float(tokens["expires_in"])
        return SignedIn(claims, tokens["access_token"], expires_at)

    def own_token(self, scope: str) -> str:
        """Get a token for your e-service itself, with nobody signed in (RFC 6749, 4.4)."""
        with self._lock:
            kept = self._own_tokens.get(scope)
        if kept is not None and kept.is_fresh:
            return kept.access_token
        tokens = self._post(
            "token_endpoint", {"grant_type": "client_credentials", "scope": scope}
        )
        expires_at = time.time() + float(tokens["expires_in"])
        with self._lock:
            self._own_tokens[scope] = SignedIn({}, tokens["access_token"], expires_at)
        return str(tokens["access_token"])

    def _verify_id_token(self, id_token: str, nonce: str) -> JSON:
        """Check it as OpenID Connect Core 1.0, section 3.1.3.7, has it."""
        claims = jwt.decode(id_token, self._keys("jwks_uri"), algorithms=["ES256"]).claims
        now = time.time()
        checks = {
            "iss": claims.get("iss") == self.issuer,
            "aud": claims.get("aud") == self.client_id,
            "nonce": claims.get("nonce") == nonce,
            "exp": float(claims.get("exp", 0)) > now - _CLOCK_SKEW,
            "iat": float(claims.get("iat", now)) < now + _CLOCK_SKEW,
        }
        if not all(checks.values()):
            wrong = ", ".join(name for name, is_right in checks.items() if not is_right)
            raise AnswerNotTrusted(f"ID token: {wrong}")
        return dict(claims)

    # -- Calling the API -----------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        *,
        json: JSON | None = None,
        idempotency_key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> JSON:
        """Call the API and give its JSON. Raises CorpIDRefused."""
        response = self.fetch(
            method, path, token, json=json, idempotency_key=idempotency_key, headers=headers
        )
        return dict(response.json())

    def fetch(
        self,
        method: str,
        path: str,
        token: str | None = None,
        *,
        json: JSON | None = None,
        idempotency_key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Call the API; a creating POST carries a key, so that it can be repeated safely."""
        address = path if "://" in path else self.issuer + path
        own = dict(headers or {})
        if method == "POST":
            own["Idempotency-Key"] = idempotency_key or secrets.token_urlsafe(16)

        def send(bound: dict[str, str]) -> httpx2.Response:
            return self._http.request(method, address, headers={**own, **bound}, json=json)

        response = self._with_proof(method, address, token, send)
        if response.is_error:
            raise CorpIDRefused(response.status_code, _json_of(response))
        return response

    # -- Sealed results ------------------------------------------------------------------------

    def open_sealed(self, sealed: str, *, keys: JSON, kind: str) -> JSON:
        """Decrypt a JWE with our `enc` key, then verify the JWS in it with Corp ID's keys."""
        opened = jwe.decrypt_compact(
            sealed, self._key("enc"), algorithms=["ECDH-ES+A256KW", "A256GCM"]
        )
        if opened.plaintext is None:
            raise AnswerNotTrusted("nothing inside")
        inner = jwt.decode(opened.plaintext.decode(), _key_set(keys), algorithms=["ES256"])
        claims = inner.claims
        if inner.header.get("typ") != kind:
            raise AnswerNotTrusted("typ is another thing's")
        if claims.get("iss") != self.issuer or claims.get("aud") != self.client_id:
            raise AnswerNotTrusted("iss or aud is another's")
        return dict(claims)

    # -- Underneath ----------------------------------------------------------------------------

    def metadata(self) -> JSON:
        """Discovery: read where everything is, once."""
        if not self._metadata:
            address = f"{self.issuer}/.well-known/openid-configuration"
            found = self._http.get(address).raise_for_status().json()
            if found.get("issuer") != self.issuer:  # Discovery 1.0, section 4.3
                raise AnswerNotTrusted("issuer names somebody else")
            self._metadata = found
        return self._metadata

    def _keys(self, where: str) -> KeySet:
        return _key_set(self._http.get(self.metadata()[where]).raise_for_status().json())

    def _key(self, use: str) -> ECKey:
        (key,) = [key for key in self.private_jwks["keys"] if key["use"] == use]
        return ECKey.import_key(key)

    def _post(self, endpoint: str, fields: dict[str, str]) -> JSON:
        """Post to an OAuth endpoint, signing who we are anew each time."""
        address = self.metadata()[endpoint]

        def send(headers: dict[str, str]) -> httpx2.Response:
            return self._http.post(
                address, headers=headers, data={**fields, **self._assertion()}
            )

        response = self._with_proof("POST", address, None, send)
        if response.is_error:
            raise CorpIDRefused(response.status_code, _json_of(response))
        return dict(response.json())

    def _assertion(self) -> dict[str, str]:
        """Say who we are by a signature that works once (RFC 7523, section 2.2)."""
        key, now = self._key("sig"), int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        return {
            "client_id": self.client_id,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key),
        }

    def _with_proof(
        self,
        method: str,
        address: str,
        token: str | None,
        send: Callable[[dict[str, str]], httpx2.Response],
    ) -> httpx2.Response:
        """Send with a DPoP proof; when Corp ID asks for its nonce in it, send once more."""
        response = send(self._bound(method, address, token))
        if nonce := response.headers.get("DPoP-Nonce"):
            self._nonces[urlsplit(address).netloc] = nonce
        if _asks_for_nonce(response):
            response = send(self._bound(method, address, token))
        return response

    def _bound(self, method: str, address: str, token: str | None) -> dict[str, str]:
        headers = {"DPoP": self._proof(method, address, token)}
        if token is not None:
            headers["Authorization"] = f"DPoP {token}"
        return headers

    def _proof(self, method: str, address: str, token: str | None) -> str:
        """Prove that we hold the key the token is bound to (RFC 9449, section 4.2)."""
        claims: JSON = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": address.split("?", 1)[0],
            "iat": int(time.time()),
        }
        if token is not None:
            claims["ath"] = _base64url(hashlib.sha256(token.encode()).digest())
        if nonce := self._nonces.get(urlsplit(address).netloc):
            claims["nonce"] = nonce
        public = self.proof_key.as_dict(private=False)
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": public}
        return jwt.encode(header, claims, self.proof_key)


def _key_set(jwks: JSON) -> KeySet:
    return KeySet([ECKey.import_key(key) for key in jwks["keys"]])


def _asks_for_nonce(response: httpx2.Response) -> bool:
    challenge = response.headers.get("WWW-Authenticate", "") + response.text[:500]
    return response.status_code in {400, 401} and "use_dpop_nonce" in challenge


def _json_of(response: httpx2.Response) -> JSON:
    if "json" in response.headers.get("Content-Type", ""):
        return dict(response.json())
    return {"title": f"an answer that is not JSON ({response.status_code})"}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
