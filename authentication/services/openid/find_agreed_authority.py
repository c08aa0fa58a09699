"""Find, at this moment, the authority that the person agreed to show: it, or none."""

import logging
from datetime import datetime

from authentication.models import Grant
from authentication.powers import SIGN_IN
from authentication.services.check_power import Authority, check_power
from corpid.errors import NotAllowed

logger = logging.getLogger(__name__)


def find_agreed_authority(*, grant: Grant, at: datetime) -> Authority | None:
    """Give None where it ended, and where the person would act in another way by now.

    Another office, firm or mandate may carry as much, but the e-service was not to learn of it,
    and what rests on a mandate ends with that mandate.
    """
    session = grant.session
    try:
        authority = check_power(
            person=session.person, company=session.company, power=SIGN_IN, at=at
        )
    except NotAllowed as error:
        logger.info("grant %s: %s: %s", grant.id, error.code, error.detail)
        return None
    way = (
        authority.capacity,
        [link.ubi for link in authority.chain[:-1]],
        [link.mandate for link in authority.chain if link.mandate],
    )
    return authority if way == (grant.capacity, grant.firms, grant.mandates) else None
