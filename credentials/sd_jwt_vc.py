"""SD-JWT VC: a verifiable credential as an SD-JWT, and the metadata of its type.

draft-ietf-oauth-sd-jwt-vc-13, the version that HAIP 1.0 names. The issuer is known by `x5c`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric import ec

from corpid.errors import FieldError, Invalid, Malformed, gettext_noop
from corpid.protocols.es256 import CompactJWS, Sign
from corpid.protocols.sd_jwt import (
    VerifiedSDJWT,
    issue_sd_jwt,
    verify_sd_jwt,
)
from corpid.protocols.x5c import Signer, Trust
from credentials.claims_path import Path, Pointer, is_step, select

CREDENTIAL_TYPE = "dc+sd-jwt"  # `typ`, and the format's name in OpenID4VC
MAX_EXTENDS = 4

# Claims that a credential carries in the open (section 3.2.2.2).
NEVER_HIDDEN = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})

Disclosable = Literal["always", "allowed", "never"]


class CredentialMalformed(Malformed):
    code = "credential_malformed"
    title = gettext_noop("This is not a credential that we read.")
    remedy = gettext_noop("Send an SD-JWT VC (dc+sd-jwt) as it was issued.")


class IssuerDoesNotMatch(Invalid):
    code = "issuer_does_not_match"
    title = gettext_noop("The credential names another issuer than its certificate.")
    remedy = gettext_noop("Do not rely on it; ask the issuer.")


class TypeMetadataMalformed(Malformed):
    code = "type_metadata_malformed"
    title = gettext_noop("The description of this type of credential can't be read.")
    remedy = gettext_noop("Check it against the draft of SD-JWT VC, section 6.")


@dataclass(frozen=True, slots=True)
class ClaimMetadata:
    """One claim of a type (section 9): where it stands, its labels by language tag."""

    path: Pointer
    labels: Mapping[str, str] = field(default_factory=dict)
    disclosable: Disclosable = "allowed"
    is_mandatory: bool = False


@dataclass(frozen=True, slots=True)
class TypeMetadata:
    """What a type of credential is (section 6), names and descriptions by language tag."""

    vct: str
    names: Mapping[str, str]
    descriptions: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[ClaimMetadata, ...] = ()

    def document(self) -> dict[str, Any]:
        """Write the type metadata document that `vct` leads to."""
        display: list[dict[str, Any]] = []
        for locale, name in self.names.items():
            entry: dict[str, Any] = {"locale": locale, "name": name}
            if locale in self.descriptions:
                entry["description"] = self.descriptions[locale]
            display.append(entry)
        return {
            "vct": self.vct,
            "name": next(iter(self.names.values())),
            "display": display,
            "claims": [_claim_document(claim) for claim in self.claims],
        }

    def hidden_paths(self, claims: Mapping[str, Any]) -> list[Path]:
        """Find which claims of a credential its type hides."""
        hidden: dict[Path, None] = {}
        for claim in self.claims:
            if claim.disclosable == "always":
                hidden.update((path, None) for path, _ in select(claims, claim.path))
        return list(hidden)

    def missing(self, claims: Mapping[str, Any]) -> list[Pointer]:
        """Find which mandatory claims are not there."""
        return [
            claim.path
            for claim in self.claims
            if claim.is_mandatory and not select(claims, claim.path)
        ]

    def unknown(self, claims: Mapping[str, Any]) -> list[str]:
        """Find the members that no claim of the type begins with."""
        known = {claim.path[0] for claim in self.claims}
        return sorted(name for name in claims if name not in known)


def _claim_document(claim: ClaimMetadata) -> dict[str, Any]:
    document: dict[str, Any] = {"path": list(claim.path)}
    if claim.labels:
        document["display"] = [
            {"locale": locale, "label": label} for locale, label in claim.labels.items()
        ]
    if claim.is_mandatory:
        document["mandatory"] = True
    document["sd"] = claim.disclosable
    return document


def _malformed(detail: str, pointer: str, code: str) -> TypeMetadataMalformed:
    """Say what is wrong, and where in the document."""
    return TypeMetadataMalformed(detail, field_errors=[FieldError(pointer, code, detail)])


def _texts(value: Any, member: str, where: str) -> dict[str, str]:
    if not isinstance(value, list):
        raise _malformed("display is an array", where, "not_a_list")
    texts: dict[str, str] = {}
    for number, entry in enumerate(value):
        locale = entry.get("locale") if isinstance(entry, Mapping) else None
        text = entry.get(member) if isinstance(entry, Mapping) else None
        if not isinstance(locale, str) or locale in texts:
            detail = "each display has a locale of its own"
            raise _malformed(detail, f"{where}/{number}/locale", "locale_not_its_own")
        if isinstance(text, str):
            texts[locale] = text
        elif member != "description":
            detail = f"display without {member}"
            raise _malformed(detail, f"{where}/{number}/{member}", "required")
    return texts


def _read_claim(value: Any, where: str) -> ClaimMetadata:
    path = value.get("path") if isinstance(value, Mapping) else None
    if not isinstance(path, list) or not path:
        raise _malformed("a claim has a path", f"{where}/path", "required")
    if not all(is_step(step) for step in path):
        detail = "a path has strings, null and whole numbers"
        raise _malformed(detail, f"{where}/path", "not_a_path")
    disclosable = value.get("sd", "allowed")
    mandatory = value.get("mandatory", False)
    if disclosable not in {"always", "allowed", "never"}:
        raise _malformed("sd", f"{where}/sd", "invalid_choice")
    if not isinstance(mandatory, bool):
        raise _malformed("mandatory", f"{where}/mandatory", "invalid")
    if disclosable != "never" and path[0] in NEVER_HIDDEN:
        raise _malformed(f"{path[0]} can't be hidden", f"{where}/sd", "claim_never_hidden")
    labels = _texts(value.get("display", []), "label", f"{where}/display")
    return ClaimMetadata(tuple(path), labels, disclosable, mandatory)


def read_type_metadata(value: Any) -> TypeMetadata:
    """Read a type metadata document. Raises TypeMetadataMalformed, which says where."""
    vct = value.get("vct") if isinstance(value, Mapping) else None
    if not isinstance(vct, str) or not vct:
        raise _malformed("vct is a string", "/vct", "required")
    names = _texts(value.get("display", []), "name", "/display")
    if not names:
        raise _malformed("a type has a name", "/display", "required")
    claims = value.get("claims", [])
    if not isinstance(claims, list):
        raise _malformed("claims is an array", "/claims", "not_a_list")
    read = tuple(_read_claim(claim, f"/claims/{n}") for n, claim in enumerate(claims))
    paths = [claim.path for claim in read]
    for number, path in enumerate(paths):
        if path in paths[:number]:
            detail = "two claims have one path"
            raise _malformed(detail, f"/claims/{number}/path", "path_repeated")
    descriptions = _texts(value.get("display", []), "description", "/display")
    return TypeMetadata(vct, names, descriptions, read)


def issue_sd_jwt_vc(
    *,
    claims: Mapping[str, Any],
    disclosable: Collection[Path],
    x5c: Collection[str],
    sign: Sign,
    decoys: int = 0,
) -> str:
    """Sign a credential. Raises CredentialMalformed if it hides what must stay in the open."""
    if any(path[0] in NEVER_HIDDEN for path in disclosable):
        raise CredentialMalformed("a claim that controls the credential can't be hidden")
    if not isinstance(claims.get("vct"), str):
        raise CredentialMalformed("vct")
    return issue_sd_jwt(
        header={"typ": CREDENTIAL_TYPE, "x5c": list(x5c)},
        claims=claims,
        disclosable=disclosable,
        sign=sign,
        decoys=decoys,
    )


@dataclass(frozen=True, slots=True)
class VerifiedCredential:
    """A credential whose issuer, signature, disclosures and dates are good."""

    vct: str
    issuer: Signer
    sd_jwt: VerifiedSDJWT

    @property
    def claims(self) -> dict[str, Any]:
        return self.sd_jwt.claims


def verify_sd_jwt_vc(token: str, *, trust: Trust, at: datetime) -> VerifiedCredential:
    """Verify a credential (section 3.4), its holder and status aside.

    1. The SD-JWT is good (RFC 9901, section 7.1), by the key of the certificate in `x5c`, which
       leads to an anchor.
    2. `typ` is `dc+sd-jwt`.
    3. No claim that controls the credential came out of a disclosure.
    4. `vct` is there; `iss`, where present, is a name in the certificate (section 3.5).
    Raises what verify_sd_jwt and the trust raise, CredentialMalformed, IssuerDoesNotMatch.
    """
    found: list[Signer] = []

    def issuer_key(jws: CompactJWS) -> ec.EllipticCurvePublicKey:
        if jws.header.get("typ") != CREDENTIAL_TYPE:  # 2
            raise CredentialMalformed("typ")
        found.append(trust(jws))
        return found[0].key

    verified = verify_sd_jwt(token, issuer_key=issuer_key, at=at)  # 1
    if any(path[0] in NEVER_HIDDEN for path in verified.disclosed):  # 3
        raise CredentialMalformed("a claim that controls the credential was hidden")
    vct = verified.claims.get("vct")
    if not isinstance(vct, str):  # 4
        raise CredentialMalformed("vct")
    issuer = verified.claims.get("iss")
    if issuer is not None and issuer not in found[0].uris:
        raise IssuerDoesNotMatch("iss")
    return VerifiedCredential(vct, found[0], verified)
