"""The answer that goes back with the browser (RFC 6749, 4.1.2; `iss`: RFC 9207)."""

from urllib.parse import urlencode

from authentication.oidc.authorization_request import AuthorizationRequest


def answer_uri(request: AuthorizationRequest, *, issuer: str, **members: str) -> str:
    """Add the answer to the redirect URI, whose own query stays as it is."""
    answer = {**members, "iss": issuer}
    if request.state is not None:
        answer["state"] = request.state
    separator = "&" if "?" in request.redirect_uri else "?"
    return f"{request.redirect_uri}{separator}{urlencode(answer)}"
