"""Who may be told, and where: the ground knows ids, the app above answers for them.

`authentication` registers its answers when Django is ready. They are asked when something is
about to leave the house, not when it was raised: an e-service may have been suspended since, a
person may have died or changed their address.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads e-mail at an address that they have proven to be theirs."""

    address: str
    language: str


MayReceive = Callable[[UUID, datetime], bool]
FindReader = Callable[[UUID], Reader | None]


class NobodyAnswers(RuntimeError):
    """No app has said who may be told: a mistake of assembly."""


_may_receive: list[MayReceive] = []
_find_reader: list[FindReader] = []


def register_recipients(*, may_receive: MayReceive, find_reader: FindReader) -> None:
    _may_receive[:] = [may_receive]
    _find_reader[:] = [find_reader]


def may_receive(e_service_id: UUID, *, at: datetime) -> bool:
    """Say whether an e-service may still be told anything."""
    if not _may_receive:
        raise NobodyAnswers
    return _may_receive[0](e_service_id, at)


def find_reader(person_id: UUID) -> Reader | None:
    """Give None for a person to whom no e-mail may be sent."""
    if not _find_reader:
        raise NobodyAnswers
    return _find_reader[0](person_id)
