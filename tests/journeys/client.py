"""An e-service's own software: an OpenID Connect client and API caller of the FAPI profile.

Written from the standards with a JOSE library; it shares no line with the product.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523, 2.2


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class SignIn:
    """What the client remembers between sending the browser away and its return."""

    state: str
    nonce: str
    verifier: str
    address: str


@dataclass
class Client:
    issuer: str
    client_id: str
    jwks: dict[str, Any]
    redirect_uri: str
    dpop_key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    nonces: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = httpx2.Client(timeout=30)
        path = "/.well-known/openid-configuration"
        self.metadata = self.http.get(self.issuer + path).raise_for_status().json()

    def key(self, use: str) -> ECKey:
        (found,) = [key for key in self.jwks["keys"] if key.get("use") == use]
        return ECKey.import_key(found)

    def assertion(self) -> dict[str, str]:
        now = int(time.time())
        key = self.key("sig")
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
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key),
        }

    def proof(self, method: str, address: str, *, token: str | None = None) -> str:
        """Make a DPoP proof (RFC 9449, section 4.2)."""
        header = {
            "alg": "ES256",
            "typ": "dpop+jwt",
            "jwk": self.dpop_key.as_dict(private=False),
        }
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": address.split("?", maxsplit=1)[0],
            "iat": int(time.time()),
        }
        if token is not None:
            claims["ath"] = _b64(hashlib.sha256(token.encode()).digest())
        if nonce := self.nonces.get(urlsplit(address).netloc):
            claims["nonce"] = nonce
        return jwt.encode(header, claims, self.dpop_key, algorithms=["ES256"])

    def post_form(self, endpoint: str, fields: dict[str, str]) -> httpx2.Response:
        """Post to an OAuth endpoint with an assertion and a proof; give a nonce asked for."""
        address = self.metadata[endpoint]

        def send() -> httpx2.Response:
            headers = {"DPoP": self.proof("POST", address)}
            return self.http.post(address, data={**fields, **self.assertion()}, headers=headers)

        return self._with_nonce(send)

    def begin(self, scope: str, **parameters: str) -> SignIn:
        """Push an authorization request and say where to send the browser."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        pushed = self.post_form(
            "pushed_authorization_request_endpoint",
            {
                "response_type": "code",
                "scope": scope,
                "redirect_uri": self.redirect_uri,
                "state": state,
                "nonce": nonce,
                "code_challenge": _b64(hashlib.sha256(verifier.encode()).digest()),
                "code_challenge_method": "S256",
                **parameters,
            },
        )
        assert pushed.status_code == 201, pushed.text
        query = {"client_id": self.client_id, "request_uri": pushed.json()["request_uri"]}
        address = f"{self.metadata['authorization_endpoint']}?{urlencode(query)}"
        return SignIn(state, nonce, verifier, address)

    def finish(self, sign_in: SignIn, returned: str) -> dict[str, Any]:
        """Redeem the code on the returned address; gives the token endpoint's answer."""
        answer = {name: value[0] for name, value in parse_qs(urlsplit(returned).query).items()}
        assert answer.get("state") == sign_in.state, answer
        assert answer.get("iss") == self.issuer, answer
        response = self.post_form(
            "token_endpoint",
            {
                "grant_type": "authorization_code",
                "code": answer["code"],
                "redirect_uri": self.redirect_uri,
                "code_verifier": sign_in.verifier,
            },
        )
        assert response.status_code == 200, response.text
        return dict(response.json())

    def own_token(self, scope: str) -> str:
        """Get a token for the e-service itself (client credentials)."""
        response = self.post_form(
            "token_endpoint", {"grant_type": "client_credentials", "scope": scope}
        )
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])

    def call(self, token: str, method: str, address: str, **options: Any) -> httpx2.Response:
        """Call the API with a bound token."""
        headers = options.pop("headers", {})

        def send() -> httpx2.Response:
            bound = {
                "Authorization": f"DPoP {token}",
                "DPoP": self.proof(method, address, token=token),
            }
            return self.http.request(method, address, headers={**headers, **bound}, **options)

        return self._with_nonce(send)

    def _with_nonce(self, send: Callable[[], httpx2.Response]) -> httpx2.Response:
        response = send()
        return send() if self._note_nonce(response) else response

    def _note_nonce(self, response: httpx2.Response) -> bool:
        """Keep the nonce of an answer; say whether the request must be sent again with it."""
        if nonce := response.headers.get("DPoP-Nonce"):
            self.nonces[response.url.netloc.decode()] = nonce
        challenge = response.headers.get("WWW-Authenticate", "") + response.text[:2000]
        return response.status_code in {400, 401} and "use_dpop_nonce" in challenge
