"""Selective disclosure for JWTs: issue, present, bind to the holder, verify (RFC 9901).

A claim is addressed by a path of names and indices, as in type metadata and DCQL. Indices count
the elements of the whole array, hidden ones included, as its holder sees it.
"""

from corpid.protocols.sd_jwt.form import (
    MAX_DEPTH,
    SDJWT,
    Disclosure,
    Path,
    SDJWTMalformed,
    read_sd_jwt,
)
from corpid.protocols.sd_jwt.issuing import issue_sd_jwt
from corpid.protocols.sd_jwt.opening import (
    HIDDEN,
    ClaimNotThere,
    DisclosuresDoNotMatch,
    Opened,
    open_sd_jwt,
)
from corpid.protocols.sd_jwt.presenting import bind_to_holder, has_claim, present_sd_jwt
from corpid.protocols.sd_jwt.verifying import (
    HolderNotProved,
    NotInForce,
    VerifiedSDJWT,
    require_holder,
    verify_sd_jwt,
)

__all__ = [
    "HIDDEN",
    "MAX_DEPTH",
    "SDJWT",
    "ClaimNotThere",
    "Disclosure",
    "DisclosuresDoNotMatch",
    "HolderNotProved",
    "NotInForce",
    "Opened",
    "Path",
    "SDJWTMalformed",
    "VerifiedSDJWT",
    "bind_to_holder",
    "has_claim",
    "issue_sd_jwt",
    "open_sd_jwt",
    "present_sd_jwt",
    "read_sd_jwt",
    "require_holder",
    "verify_sd_jwt",
]
