"""Open a version fetched with others: the signed text, its claims, what it can hide."""

from dataclasses import dataclass
from typing import Any

from corpid.protocols.es256 import CompactJWS
from corpid.protocols.sd_jwt import open_sd_jwt, read_sd_jwt
from credentials.claims_path import Path
from credentials.models import CredentialVersion
from credentials.sd_jwt_vc import NEVER_HIDDEN
from credentials.services.open_version import open_version

_TECHNICAL = NEVER_HIDDEN | {"iat", "sub"}


@dataclass(frozen=True, slots=True)
class OpenedCredential:
    token: str
    jws: CompactJWS
    all_claims: dict[str, Any]
    hideable: frozenset[Path]

    @property
    def claims(self) -> dict[str, Any]:
        """What the issuer says of the holder, without what controls the credential."""
        return {
            name: value for name, value in self.all_claims.items() if name not in _TECHNICAL
        }


def open_present(version: CredentialVersion) -> OpenedCredential:
    """Its credential comes with it. Raises SealBroken."""
    token = open_version(version).decode("ascii")
    sd_jwt = read_sd_jwt(token)
    opened = open_sd_jwt(sd_jwt)
    return OpenedCredential(token, sd_jwt.jws, opened.claims, frozenset(opened.disclosures))
