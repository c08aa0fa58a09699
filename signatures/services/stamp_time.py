"""Say that some bytes existed now (RFC 3161), unless clocks disagree or signing is off."""

from datetime import datetime

from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import SigningSwitchedOff, require_function
from signatures.models import Certificate
from signatures.pki import time_stamp
from signatures.services.clocks_agree import clocks_agree
from signatures.services.find_authority import find_authority


def stamp_time(*, request_der: bytes, at: datetime) -> bytes:
    """Answer a time-stamp request in DER: granted, or refused with the reason."""
    try:
        require_function(SwitchedFunction.SIGNING)
    except SigningSwitchedOff:
        return time_stamp.refuse_request(time_stamp.TimeStampFailure.SYSTEM_FAILURE)
    return time_stamp.answer_request(
        request_der,
        authority=find_authority(Certificate.Profile.TSA, at=at),
        at=at if clocks_agree(at=at) else None,
    )
