"""The one reader of signed tokens: `verify_jwt`, told by a profile what kind it reads.

A token of one kind must never pass for another (RFC 8725, section 3.11): each profile has its
own algorithms, `typ`, claims and times, and there is no reading without a profile.

Clocks, for every kind: `iat` and `nbf` may lie 30 s ahead of us, because the clocks of honest
parties do; `exp` has no grace (FAPI 2.0 Security Profile, section 5.3.2.1, notes 2 and 3).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from math import inf
from typing import Any

from corpid.errors import gettext_noop
from corpid.protocols.jwk import Key, KeySet
from corpid.protocols.jws import (
    CompactJWS,
    JWTNotAccepted,
    read_claims,
    split_jws,
    verify_jws,
    verify_jws_with_its_own_key,
)

AHEAD_ACCEPTED = timedelta(seconds=30)
FAPI_ALGORITHMS = frozenset({"ES256", "PS256", "EdDSA", "Ed25519"})
ES256_ONLY = frozenset({"ES256"})
_LAST_MOMENT = 2**53  # beyond it, numbers of JSON are not exact


class JWTTypeNotTaken(JWTNotAccepted):
    code = "jwt_type_not_taken"
    title = gettext_noop("The signed token is of another kind than is expected here.")
    remedy = gettext_noop("Check the typ of the header against the reference.")


class JWTClaimNotAccepted(JWTNotAccepted):
    code = "jwt_claim_not_accepted"
    title = gettext_noop("A claim of the signed token is missing or wrong.")
    remedy = gettext_noop("Compare the claims with the reference: issuer, audience, nonce.")


class JWTNotInTime(JWTNotAccepted):
    code = "jwt_not_in_time"
    title = gettext_noop("The signed token is too old, expired or from the future.")
    remedy = gettext_noop("Set your clock, and make a new token for each request.")


class Audience(Enum):
    """What the `aud` claim must be."""

    ONE_STRING = auto()  # the expected value and nothing else, not even in a list
    AMONG = auto()  # the expected value, alone or in a list
    NONE = auto()  # the kind has no audience


class HeaderKey(Enum):
    """Whether the header's `jwk` is the key."""

    IGNORED = auto()
    REQUIRED = auto()  # DPoP (RFC 9449, section 4.2)
    ALLOWED = auto()  # OpenID4VCI key proofs: `jwk`, else a `kid` of the given keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a kind of token must look like."""

    name: str
    typ: frozenset[str]  # lower case, without `application/`; "" = may be absent
    required: frozenset[str]
    audience: Audience
    algorithms: frozenset[str] = FAPI_ALGORITHMS
    header_key: HeaderKey = HeaderKey.IGNORED
    forbidden: frozenset[str] = frozenset()
    one_of: frozenset[str] = frozenset()  # at least one of these
    max_age: timedelta | None = None  # of `iat`
    max_life: timedelta | None = None  # from now to `exp`
    max_bytes: int = 16 * 1024


ID_TOKEN = Profile(  # OpenID Connect Core 1.0, section 2
    name="id_token",
    typ=frozenset({"", "jwt"}),
    required=frozenset({"iss", "sub", "aud", "exp", "iat"}),
    audience=Audience.AMONG,
)
ACCESS_TOKEN = Profile(  # RFC 9068, section 2
    name="at+jwt",
    typ=frozenset({"at+jwt"}),
    algorithms=ES256_ONLY,
    required=frozenset({"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}),
    audience=Audience.AMONG,
)
CLIENT_ASSERTION = Profile(  # RFC 7523, section 3; FAPI 2.0 Security Profile, section 5.3.2.1
    name="client assertion",
    typ=frozenset({"", "jwt", "client-authentication+jwt"}),
    required=frozenset({"iss", "sub", "aud", "exp", "jti"}),
    audience=Audience.ONE_STRING,
    max_life=timedelta(minutes=10),
)
DPOP_PROOF = Profile(  # RFC 9449, section 4.3
    name="dpop+jwt",
    typ=frozenset({"dpop+jwt"}),
    required=frozenset({"jti", "htm", "htu", "iat"}),
    audience=Audience.NONE,
    header_key=HeaderKey.REQUIRED,
    max_age=timedelta(seconds=60),
)
LOGOUT_TOKEN = Profile(  # OpenID Connect Back-Channel Logout 1.0, section 2.4
    name="logout+jwt",
    typ=frozenset({"logout+jwt"}),
    required=frozenset({"iss", "aud", "iat", "exp", "jti", "events"}),
    one_of=frozenset({"sub", "sid"}),
    forbidden=frozenset({"nonce"}),
    audience=Audience.AMONG,
    max_life=timedelta(minutes=2),
)
SECURITY_EVENT = Profile(  # RFC 8417, section 2; no `exp`, so that it never passes for a login
    name="secevent+jwt",
    typ=frozenset({"secevent+jwt"}),
    required=frozenset({"iss", "aud", "iat", "jti", "events"}),
    forbidden=frozenset({"exp"}),
    audience=Audience.AMONG,
)
KEY_PROOF = Profile(  # OpenID4VCI 1.0, appendix F.1
    name="openid4vci-proof+jwt",
    typ=frozenset({"openid4vci-proof+jwt"}),
    required=frozenset({"aud", "iat"}),
    audience=Audience.ONE_STRING,
    header_key=HeaderKey.ALLOWED,
    max_age=timedelta(minutes=5),
)
KEY_BINDING = Profile(  # RFC 9901, section 4.3
    name="kb+jwt",
    typ=frozenset({"kb+jwt"}),
    required=frozenset({"iat", "aud", "nonce", "sd_hash"}),
    audience=Audience.ONE_STRING,
    max_age=timedelta(minutes=5),
)
SD_JWT_VC = Profile(  # SD-JWT VC, section 3.2: the issuer-signed part
    name="dc+sd-jwt",
    typ=frozenset({"dc+sd-jwt"}),
    required=frozenset({"iss", "vct"}),
    audience=Audience.NONE,
    max_bytes=256 * 1024,
)
STATUS_LIST = Profile(  # Token Status List, section 5.1
    name="statuslist+jwt",
    typ=frozenset({"statuslist+jwt"}),
    required=frozenset({"sub", "iat", "status_list"}),
    audience=Audience.NONE,
    max_bytes=4 * 1024 * 1024,
)
AUTHORIZATION_REQUEST = Profile(  # RFC 9101, section 4; OpenID4VP 1.0, section 5
    name="oauth-authz-req+jwt",
    typ=frozenset({"oauth-authz-req+jwt"}),
    required=frozenset({"client_id", "response_type", "aud"}),
    audience=Audience.ONE_STRING,
    max_bytes=64 * 1024,
)

PROFILES = (
    ID_TOKEN,
    ACCESS_TOKEN,
    CLIENT_ASSERTION,
    DPOP_PROOF,
    LOGOUT_TOKEN,
    SECURITY_EVENT,
    KEY_PROOF,
    KEY_BINDING,
    SD_JWT_VC,
    STATUS_LIST,
    AUTHORIZATION_REQUEST,
)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says, and with which key it was signed."""

    values: Mapping[str, Any]
    header: Mapping[str, Any] = field(repr=False)
    key: Key = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token claims to be, for finding its keys. Decide nothing else by it."""

    header: Mapping[str, Any]
    values: Mapping[str, Any]


def peek_jwt(token: str, *, profile: Profile) -> Unverified:
    """Read a token without verifying it, to learn whose keys to try. Raises JWTMalformed."""
    jws = split_jws(token, max_bytes=profile.max_bytes)
    return Unverified(header=jws.header, values=read_claims(jws))


def verify_jwt(
    token: str,
    *,
    profile: Profile,
    keys: KeySet | None,
    at: datetime,
    issuer: str | None = None,
    audience: str | None = None,
    subject: str | None = None,
    nonce: str | None = None,
) -> Claims:
    """Verify a compact JWT of the given kind and return its claims. Raises JWTNotAccepted.

    1. The parts are canonical base64url and strict JSON (RFC 8725, section 3.1).
    2. `typ` is the kind's (section 3.11).
    3. The algorithm is the kind's and fits the key (sections 3.1, 3.2); the signature verifies.
    4. Required claims are there and have their types, forbidden ones are not.
    5. Issuer, subject and nonce are the expected ones, where the caller expects some.
    6. The audience is the expected one; a kind with an audience is never read without.
    7. The times hold.
    """
    if (audience is None) != (profile.audience is Audience.NONE):
        raise TypeError(f"{profile.name} is read with an audience, or has none")
    jws = split_jws(token, max_bytes=profile.max_bytes)  # 1
    values = read_claims(jws)
    _check_type(jws.header.get("typ"), profile)  # 2
    key = _verify_signature(jws, profile, keys)  # 3
    _check_presence(values, profile)  # 4
    for name, expected in (("iss", issuer), ("sub", subject), ("nonce", nonce)):  # 5
        if expected is not None and values.get(name) != expected:
            raise JWTClaimNotAccepted(f"{name} is not {expected}")
    _check_audience(values.get("aud"), audience, profile)  # 6
    _check_times(values, profile, at)  # 7
    return Claims(values=values, header=jws.header, key=key)


def _check_type(typ: str | None, profile: Profile) -> None:
    kind = (typ or "").lower().removeprefix("application/")  # RFC 7515, section 4.1.9
    if kind not in profile.typ:
        raise JWTTypeNotTaken(f"typ {typ!r} where {profile.name} is expected")


def _verify_signature(jws: CompactJWS[bytes], profile: Profile, keys: KeySet | None) -> Key:
    brings_its_key = profile.header_key is HeaderKey.REQUIRED or (
        profile.header_key is HeaderKey.ALLOWED and "jwk" in jws.header
    )
    if brings_its_key:
        return verify_jws_with_its_own_key(jws, algorithms=profile.algorithms)
    return verify_jws(jws, algorithms=profile.algorithms, keys=keys or KeySet(()))


_TEXT_CLAIMS = ("iss", "sub", "jti", "client_id", "nonce", "sid", "htm", "htu", "vct")


def _check_presence(values: Mapping[str, Any], profile: Profile) -> None:
    missing = sorted(profile.required - values.keys())
    if missing:
        raise JWTClaimNotAccepted(f"missing: {', '.join(missing)}")
    if profile.one_of and profile.one_of.isdisjoint(values):
        raise JWTClaimNotAccepted(f"missing one of: {', '.join(sorted(profile.one_of))}")
    unwanted = sorted(profile.forbidden & values.keys())
    if unwanted:
        raise JWTClaimNotAccepted(f"must not carry: {', '.join(unwanted)}")
    for name in _TEXT_CLAIMS:
        value = values.get(name, "absent")
        if not isinstance(value, str) or not value:
            raise JWTClaimNotAccepted(f"{name} is not text")


def _check_audience(value: object, expected: str | None, profile: Profile) -> None:
    if profile.audience is Audience.NONE or value == expected:
        return
    if profile.audience is Audience.AMONG and isinstance(value, list) and expected in value:
        return
    alone = ", as one string" if profile.audience is Audience.ONE_STRING else ""
    raise JWTClaimNotAccepted(f"aud must be {expected}{alone}")


def _moment(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
    if value is None and name not in values:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise JWTClaimNotAccepted(f"{name} is not a number")
    if not 0 <= value < _LAST_MOMENT:  # infinity too
        raise JWTClaimNotAccepted(f"{name} is out of range")
    return float(value)


def _check_times(values: Mapping[str, Any], profile: Profile, at: datetime) -> None:
    now = at.timestamp()
    ahead = now + AHEAD_ACCEPTED.total_seconds()
    last_expiry = now + profile.max_life.total_seconds() if profile.max_life else inf
    first_issue = now - profile.max_age.total_seconds() if profile.max_age else 0.0
    issued, valid_from, expires = (_moment(values, name) for name in ("iat", "nbf", "exp"))
    if issued is not None and issued > ahead:
        raise JWTNotInTime("iat is in the future")
    if valid_from is not None and valid_from > ahead:
        raise JWTNotInTime("nbf is in the future")
    if expires is not None and expires <= now:
        raise JWTNotInTime("expired")
    if expires is not None and expires > last_expiry:
        raise JWTNotInTime(f"exp is more than {profile.max_life} away")
    if issued is not None and issued < first_issue:
        raise JWTNotInTime(f"iat is more than {profile.max_age} ago")
