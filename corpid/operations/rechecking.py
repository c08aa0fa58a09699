"""Who looks again at what was signed and issued: told by the apps above.

A re-check shares as little as it can with what issued: it reads rows, files and certificates
anew and asks whether they could be true together (the lesson of Let's Encrypt in 2020).
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, transaction

from corpid.errors import PartAway
from corpid.rendering.fence import FenceBusy

COULD_NOT_BE_LOOKED_AT = "could_not_be_looked_at"
logger = structlog.get_logger(__name__)

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that should not be: of what, a code, and what was expected and found."""

    subject: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rechecked:
    """`last` is where to go on from; no subjects: nothing is left."""

    subjects: Sequence[str]
    last: str
    mismatches: Sequence[Mismatch]


def look_at(
    found: Sequence[Item],
    *,
    subject: Callable[[Item], str],
    place: Callable[[Item], str],
    mismatches: Callable[[Item], Iterable[tuple[str, str]]],
) -> Rechecked:
    """Look at each; `mismatches` gives code and detail of what is wrong with one.

    One that can't be looked at holds up no other: it becomes a mismatch itself. A part of ours
    that is away or busy (a token, a storage, the fence, the database) speaks of no subject, and
    is raised.
    """
    return Rechecked(
        subjects=[subject(each) for each in found],
        last=place(found[-1]) if found else "",
        mismatches=[
            Mismatch(subject(each), code, detail)
            for each in found
            for code, detail in _apart(each, subject, mismatches)
        ],
    )


def _apart(
    item: Item,
    subject: Callable[[Item], str],
    mismatches: Callable[[Item], Iterable[tuple[str, str]]],
) -> Iterator[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    try:
        with transaction.atomic():  # a statement that fails spoils what is inside alone
            found.extend(mismatches(item))
    except (PartAway, FenceBusy, OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Whoever planted this row may have meant it to stop the look at all that follow.
        logger.exception(
            "recheck could not look", subject=subject(item), code=COULD_NOT_BE_LOOKED_AT
        )
        found.append((COULD_NOT_BE_LOOKED_AT, _place_of(error)))
    yield from found


def _place_of(error: Exception) -> str:
    """Say what was raised where, and not its text: that may quote a row or a document."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"


class Recheck(Protocol):
    def __call__(self, *, after: str, at_most: int, at: datetime) -> Rechecked:
        """Look at up to `at_most` things that follow `after` ("": the first), oldest first."""


_rechecks: dict[str, Recheck] = {}


def register_recheck(name: str, recheck: Recheck) -> None:
    if name in _rechecks:
        raise ValueError(f"two re-checks are called {name}")
    _rechecks[name] = recheck


def registered_rechecks() -> dict[str, Recheck]:
    return dict(_rechecks)
