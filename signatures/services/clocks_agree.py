"""Whether this machine's clock can be believed: the database's is the cross-check."""

import logging
from datetime import datetime, timedelta

from django.db import connection

logger = logging.getLogger(__name__)

TOLERANCE = timedelta(seconds=1)  # the accuracy that a time-stamp claims


def clocks_agree(*, at: datetime) -> bool:
    """Compare this machine's clock, read just now, with the database's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    difference = abs(theirs - at)
    if difference > TOLERANCE:
        logger.error("clocks differ by %s: no time-stamps", difference)
        return False
    return True
