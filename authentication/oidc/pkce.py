"""Proof Key for Code Exchange, S256 and nothing else (RFC 7636; RFC 9700, section 2.1.1)."""

import hashlib
import hmac
import re

from authentication.oidc.oauth_errors import InvalidGrant, InvalidRequest
from corpid.protocols.strict_encoding import encode_base64url

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # section 4.1


def read_challenge(challenge: str | None, method: str | None) -> str:
    """Check that the request carries a challenge. Raises InvalidRequest."""
    if challenge is None:
        raise InvalidRequest("code_challenge is missing")
    if method != "S256":  # absent means plain (section 4.3)
        raise InvalidRequest("code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("code_challenge is not a SHA-256 in base64url")
    return challenge


def check_verifier(verifier: str | None, *, challenge: str) -> None:
    """Compare with the challenge of the request (section 4.6). Raises InvalidGrant."""
    if verifier is None:
        raise InvalidRequest("code_verifier is missing")
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant("code_verifier is malformed")
    made = encode_base64url(hashlib.sha256(verifier.encode()).digest())
    if not hmac.compare_digest(made, challenge):
        raise InvalidGrant("code_verifier does not match")
