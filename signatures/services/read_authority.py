"""Read the statement of authority in a signature, and believe it only if it is ours."""

import base64
import hashlib
import hmac
from datetime import datetime

from django.conf import settings

from authentication.models import CompanyKind
from corpid.keys.models import Purpose
from corpid.keys.services.publish_jwks import publish_jwks
from corpid.protocols.jwk import read_key_set
from corpid.protocols.jws import JWTNotAccepted
from corpid.protocols.jwt import ES256_ONLY, Audience, Claims, Profile, verify_jwt
from signatures.services.state_authority import STATEMENT_TYPE
from signatures.verification.conclude import NOT_STATED, Authority, Stated
from signatures.verification.findings import SignatureFinding

_PROFILE = Profile(
    name=STATEMENT_TYPE,
    typ=frozenset({STATEMENT_TYPE}),
    algorithms=ES256_ONLY,
    required=frozenset({"iss", "iat", "ubi", "certificate_sha256", "rule"}),
    audience=Audience.NONE,
)


def read_authority(*, finding: SignatureFinding, at: datetime) -> Authority:
    """Check signature, issuer, company and certificate of the statement."""
    if not finding.statement:
        return NOT_STATED
    keys = read_key_set(publish_jwks([Purpose.AUTHORITY], at=at))
    try:
        claims = verify_jwt(
            finding.statement, profile=_PROFILE, keys=keys, at=at, issuer=settings.BASE_URL
        )
    except JWTNotAccepted:
        return Authority(Stated.NOT_AUTHORISED)
    digest = hashlib.sha256(base64.b64decode(finding.certificate_der)).hexdigest()
    is_about_it = hmac.compare_digest(str(claims["certificate_sha256"]), digest)
    if not is_about_it or claims["ubi"] != finding.ubi:
        return Authority(Stated.NOT_AUTHORISED)
    return _authorised(claims)


def _authorised(claims: Claims) -> Authority:
    rule = claims["rule"]
    return Authority(
        stated=Stated.AUTHORISED,
        capacity=str(claims.get("capacity", "")),
        needed=int(rule["needed"]),
        have=int(rule["have"]),
        is_owner=claims.get("kind") == CompanyKind.SOLE_PROPRIETORSHIP,
        is_seal="person" not in claims,
        evidence={
            name: str(claims[name])
            for name in ("request", "document_sha256", "approved_at", "register_at")
            if name in claims
        },
    )
