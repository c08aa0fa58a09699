"""Present an SD-JWT: reveal some of it, and bind it to its holder (RFC 9901, section 4.3)."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from corpid.protocols.es256 import Sign, sign_compact
from corpid.protocols.sd_jwt.form import (
    KEY_BINDING_TYPE,
    Path,
    hash_of_presentation,
    read_sd_jwt,
)
from corpid.protocols.sd_jwt.opening import ClaimNotThere, open_sd_jwt


def _and_above(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(1, len(path) + 1))


def present_sd_jwt(token: str, *, reveal: Collection[Path]) -> str:
    """Leave only the disclosures at these paths, and those that they are hidden under.

    What is hidden below a revealed path stays hidden unless it is named too. A path that is
    always visible needs no disclosure. Raises ClaimNotThere if there is no such claim.
    """
    sd_jwt = read_sd_jwt(token)
    opened = open_sd_jwt(sd_jwt)
    wanted: set[str] = set()
    for path in reveal:
        if not has_claim(opened.claims, path):
            raise ClaimNotThere(f"no claim at {path!r}")
        wanted.update(
            opened.disclosures[step].encoded
            for step in _and_above(path)
            if step in opened.disclosures
        )
    kept = [found.encoded for found in sd_jwt.disclosures if found.encoded in wanted]
    issued = sd_jwt.without_key_binding.split("~", 1)[0]
    return "~".join((issued, *kept, ""))


def has_claim(claims: Any, path: Path) -> bool:
    """Say whether something stands at the path of a wholly disclosed credential."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(claims, list) or not 0 <= step < len(claims):
                return False
        elif not isinstance(claims, dict) or step not in claims:
            return False
        claims = claims[step]
    return True


def bind_to_holder(
    presentation: str,
    *,
    audience: str,
    nonce: str,
    at: datetime,
    sign: Sign,
    transaction_data_hashes: Collection[str] = (),
) -> str:
    """Append the holder's signature over exactly these disclosures (section 4.3)."""
    claims: dict[str, Any] = {
        "iat": int(at.timestamp()),
        "aud": audience,
        "nonce": nonce,
        "sd_hash": hash_of_presentation(read_sd_jwt(presentation)),
    }
    if transaction_data_hashes:  # OpenID4VP 1.0, appendix B.3.3
        claims["transaction_data_hashes"] = list(transaction_data_hashes)
        claims["transaction_data_hashes_alg"] = "sha-256"
    return presentation + sign_compact({"typ": KEY_BINDING_TYPE}, claims, sign)
