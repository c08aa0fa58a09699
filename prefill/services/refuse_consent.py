"""The company sends nothing; it types the details itself if it goes on."""

from datetime import datetime

from authentication.services.list_ways import Acting
from prefill.models import Consent, PrefillRequest
from prefill.services.give_consent import give_consent


def refuse_consent(
    *,
    request: PrefillRequest,
    acting: Acting,
    notice_sha256: str,
    language: str,
    at: datetime,
) -> Consent:
    """Record the no as an answer of its own: the e-service learns it, and nothing else."""
    return give_consent(
        request=request,
        acting=acting,
        granted=(),
        notice_sha256=notice_sha256,
        language=language,
        at=at,
    )
