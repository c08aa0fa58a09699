"""Who looks again at what was signed and issued: told by the apps above.

A re-check shares as little as it can with what issued: it reads rows, files and certificates
anew and asks whether they could be true together (the lesson of Let's Encrypt in 2020).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

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
    """Look at each; `mismatches` gives code and detail of what is wrong with one."""
    return Rechecked(
        subjects=[subject(each) for each in found],
        last=place(found[-1]) if found else "",
        mismatches=[
            Mismatch(subject(each), code, detail)
            for each in found
            for code, detail in mismatches(each)
        ],
    )


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
