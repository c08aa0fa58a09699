"""Whether an e-service may be told: the ground knows ids, the app above answers for them.

`authentication` registers its answer when Django is ready. It is asked when something is about
to leave the house, not when it was raised: the e-service may have been suspended since.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

MayReceive = Callable[[UUID, datetime], bool]


class NobodyAnswers(RuntimeError):
    """No app has said who may be told: a mistake of assembly."""


_may_receive: list[MayReceive] = []


def register_recipients(*, may_receive: MayReceive) -> None:
    _may_receive[:] = [may_receive]


def may_receive(e_service_id: UUID, *, at: datetime) -> bool:
    """Say whether an e-service may still be told anything."""
    if not _may_receive:
        raise NobodyAnswers
    return _may_receive[0](e_service_id, at)
