"""Judge what a wallet presented: a verdict with reasons, never just true or false."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from credentials.models import PresentationRequest
from credentials.sd_jwt_vc import VerifiedCredential
from credentials.services.find_status import PresentStatus, find_status
from credentials.services.verify_presentations import verify_presentations


class Verdict(StrEnum):
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET = "not_yet_in_force"
    UNKNOWN = "status_unknown"


_OF_STATUS = {
    PresentStatus.IN_FORCE: Verdict.IN_FORCE,
    PresentStatus.SUSPENDED: Verdict.SUSPENDED,
    PresentStatus.REVOKED: Verdict.REVOKED,
    PresentStatus.UNKNOWN: Verdict.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class JudgedCredential:
    query_id: str
    verdict: Verdict
    issuer_name: str
    vct: str
    claims: Mapping[str, Any]


def judge_presentation(
    *,
    request: PresentationRequest,
    presentations: Mapping[str, Sequence[str]],
    presented_at: datetime,
    at: datetime,
) -> list[JudgedCredential]:
    """Verify again what was presented, and ask whether it is in force now."""
    verified = verify_presentations(
        request=request, presentations=presentations, presented_at=presented_at
    )
    return [
        JudgedCredential(
            query_id=query_id,
            verdict=_verdict(credential, at),
            issuer_name=credential.issuer.name,
            vct=credential.vct,
            claims=credential.claims,
        )
        for query_id, credential in verified
    ]


def _verdict(credential: VerifiedCredential, at: datetime) -> Verdict:
    now = at.timestamp()
    if now >= credential.claims.get("exp", float("inf")):
        return Verdict.EXPIRED
    if now < credential.claims.get("nbf", 0):
        return Verdict.NOT_YET
    return _OF_STATUS[find_status(claims=credential.claims, at=at)]
