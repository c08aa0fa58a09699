"""What we tell about ourselves: only what is there (OpenID Connect Discovery 1.0, RFC 8414)."""

from collections.abc import Sequence
from typing import Any

from authentication.oidc import token_exchange
from authentication.oidc.authorization_request import PROMPTS
from authentication.oidc.claims import acr
from corpid.protocols.jwt import FAPI_ALGORITHMS

CLAIMS = (
    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"),
    *("corp", "rep", "person_sub"),
)


def provider_metadata(
    *, issuer: str, scopes: Sequence[str], languages: Sequence[str]
) -> dict[str, Any]:
    """Describe the FAPI issuer; the same document serves both well-known addresses."""
    algorithms = sorted(FAPI_ALGORITHMS)
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "pushed_authorization_request_endpoint": f"{issuer}/oauth/par",
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "end_session_endpoint": f"{issuer}/oauth/end-session",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "require_pushed_authorization_requests": True,
        "authorization_response_iss_parameter_supported": True,  # RFC 9207
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            token_exchange.GRANT_TYPE,
        ],
        "code_challenge_methods_supported": ["S256"],
        **_authentication_at("token", algorithms),
        **_authentication_at("revocation", algorithms),
        **_authentication_at("introspection", algorithms),
        "introspection_signing_alg_values_supported": ["ES256"],  # RFC 9701, section 7
        "dpop_signing_alg_values_supported": algorithms,
        "id_token_signing_alg_values_supported": ["ES256"],
        "subject_types_supported": ["pairwise"],
        "scopes_supported": list(scopes),
        "claims_supported": list(CLAIMS),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,  # but for what PAR hands out
        "acr_values_supported": [acr(issuer, 2)],
        "prompt_values_supported": list(PROMPTS),
        "ui_locales_supported": list(languages),
    }


def _authentication_at(endpoint: str, algorithms: list[str]) -> dict[str, list[str]]:
    """Clients show who they are in the same way everywhere."""
    return {
        f"{endpoint}_endpoint_auth_methods_supported": ["private_key_jwt"],
        f"{endpoint}_endpoint_auth_signing_alg_values_supported": algorithms,
    }


def resource_metadata(*, issuer: str, resource: str, scopes: Sequence[str]) -> dict[str, Any]:
    """Describe our API (RFC 9728, section 2)."""
    return {
        "resource": resource,
        "authorization_servers": [issuer],
        "scopes_supported": list(scopes),
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": sorted(FAPI_ALGORITHMS),
        "dpop_bound_access_tokens_required": True,
    }
