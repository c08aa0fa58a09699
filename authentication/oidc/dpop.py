"""Demonstrating Proof of Possession (RFC 9449): proofs, and the nonces we ask for in them.

A nonce is a moment and an epoch under a MAC, so that nothing is stored: it proves that the
proof was made after the moment, while the replay memory of that epoch was running.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from authentication.oidc.oauth_errors import InvalidDPoPProof, UseDPoPNonce
from corpid.protocols.jws import JWTNotAccepted
from corpid.protocols.jwt import DPOP_PROOF, verify_jwt
from corpid.protocols.strict_encoding import encode_base64url

NONCE_LIFE = timedelta(minutes=5)
_NONCE_STEP = 30  # seconds for which everybody is told the same nonce
_MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds but for its `jti`, which the replay memory judges."""

    thumbprint: str  # the `jkt` that binds tokens
    jti: str
    issued_at: datetime
    epoch: str  # that its nonce was made in
    keep_until: datetime


def make_nonce(*, key: bytes, epoch: str, at: datetime) -> str:
    moment = int(at.timestamp()) // _NONCE_STEP * _NONCE_STEP
    return f"{moment:x}.{epoch}.{_mac(key, moment, epoch)}"


def verify_proof(
    header: str | None,
    *,
    method: str,
    url: str,
    nonce_key: bytes,
    at: datetime,
    access_token: str | None = None,
    thumbprint: str | None = None,
) -> Proof:
    """Check a proof (RFC 9449, section 4.3). Raises InvalidDPoPProof, UseDPoPNonce.

    1. One DPoP header, one value.
    2. A JWT of typ dpop+jwt with its own public key, an asymmetric algorithm of ours, a valid
       signature, all claims, and fresh (4.3, steps 2-7 and 11).
    3. `htm` and `htu` are this method and address, without query and fragment (steps 8, 9).
    4. The nonce is ours and young (step 10).
    5. At a resource, `ath` is the hash of the token and the key is the one it is bound to
       (step 12).
    """
    if header is None or "," in header:  # 1
        raise InvalidDPoPProof("one DPoP header with one proof is needed")
    try:
        claims = verify_jwt(header, profile=DPOP_PROOF, keys=None, at=at)  # 2
    except JWTNotAccepted as error:
        raise InvalidDPoPProof(f"DPoP proof: {error.detail}") from error
    if claims["htm"] != method:  # 3
        raise InvalidDPoPProof(f"htm is not {method}")
    if not _is_same_address(claims["htu"], url):
        raise InvalidDPoPProof(f"htu is not {url}")
    epoch = _epoch_of(claims.get("nonce"), nonce_key, at)  # 4
    if access_token is not None:  # 5
        ath = encode_base64url(hashlib.sha256(access_token.encode()).digest())
        if claims.get("ath") != ath:
            raise InvalidDPoPProof("ath is not the hash of the access token")
    if thumbprint is not None and claims.key.thumbprint != thumbprint:
        raise InvalidDPoPProof("the proof is made with another key")
    issued_at = datetime.fromtimestamp(claims["iat"], UTC)
    return Proof(
        thumbprint=claims.key.thumbprint,
        jti=claims["jti"],
        issued_at=issued_at,
        epoch=epoch,
        keep_until=issued_at + (DPOP_PROOF.max_age or timedelta(0)),
    )


def _mac(key: bytes, moment: int, epoch: str) -> str:
    digest = hmac.digest(key, f"dpop-nonce {moment} {epoch}".encode(), "sha256")
    return encode_base64url(digest[:_MAC_BYTES])


def _epoch_of(nonce: str | None, key: bytes, at: datetime) -> str:
    parts = (nonce or "").split(".")
    try:
        moment, epoch, mac = int(parts[0], 16), parts[1], parts[2]
    except (ValueError, IndexError) as error:
        raise UseDPoPNonce from error
    if not hmac.compare_digest(mac.encode(), _mac(key, moment, epoch).encode()):
        raise UseDPoPNonce
    if at.timestamp() - moment > NONCE_LIFE.total_seconds():
        raise UseDPoPNonce
    return epoch


def _is_same_address(claimed: str, url: str) -> bool:
    """Compare after normalisation, where it matters (RFC 3986, sections 6.2.2 and 6.2.3)."""
    if claimed == url:
        return True
    try:
        theirs, ours = urlsplit(claimed), urlsplit(url)
        same_place = (theirs.scheme, theirs.hostname, theirs.port or _port(theirs.scheme)) == (
            ours.scheme,
            ours.hostname,
            ours.port or _port(ours.scheme),
        )
    except ValueError:
        return False
    return same_place and theirs.path == ours.path and "@" not in theirs.netloc


def _port(scheme: str) -> int | None:
    return {"https": 443, "http": 80}.get(scheme)
