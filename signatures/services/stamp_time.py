"""Say that some bytes existed now (RFC 3161), unless our clocks disagree."""

from datetime import datetime

from signatures.models import Certificate
from signatures.pki import time_stamp
from signatures.services.clocks_agree import clocks_agree
from signatures.services.find_authority import find_authority


def stamp_time(*, request_der: bytes, at: datetime) -> bytes:
    """Answer a time-stamp request in DER: granted, or refused with the reason."""
    return time_stamp.answer_request(
        request_der,
        authority=find_authority(Certificate.Profile.TSA, at=at),
        at=at if clocks_agree(at=at) else None,
    )
