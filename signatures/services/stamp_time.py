"""Say that some bytes existed now (RFC 3161), unless our clocks disagree."""

import logging
from datetime import datetime, timedelta

from django.db import connection

from signatures.models import Certificate
from signatures.pki import time_stamp
from signatures.services.find_authority import find_authority

logger = logging.getLogger(__name__)

# The accuracy in the token is one second; the database's clock is the cross-check.
TOLERANCE = timedelta(seconds=1)


def stamp_time(*, request_der: bytes, at: datetime) -> bytes:
    """Answer a time-stamp request in DER: granted, or refused with the reason."""
    return time_stamp.answer_request(
        request_der,
        authority=find_authority(Certificate.Profile.TSA, at=at),
        at=at if clocks_agree(at) else None,
    )


def clocks_agree(at: datetime) -> bool:
    """Compare this machine's clock, read just now, with the database's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    difference = abs(theirs - at)
    if difference > TOLERANCE:
        logger.error("clocks differ by %s: no time-stamps", difference)
        return False
    return True
