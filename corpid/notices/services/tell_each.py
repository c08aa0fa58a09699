"""Tell of rows one by one: one that can't be told of holds up no other."""

from collections.abc import Callable, Iterable
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError

logger = structlog.get_logger(__name__)


def tell_each(*, pks: Iterable[UUID], tell: Callable[[UUID], bool]) -> int:
    """Say of how many it was told. `tell` opens a transaction of its own for each.

    What is wrong with one row is logged with its id, and looked at again the next time. A
    database that is away is raised: it is so for all of them.
    """
    told = 0
    for pk in pks:
        try:
            told += tell(pk)
        except (InterfaceError, OperationalError):
            raise
        except Exception:
            logger.exception("this row could not be told of", row=str(pk))
    return told
