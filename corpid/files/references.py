"""Which columns of other apps name files by their digests: what they name is never an orphan.

An app registers each in AppConfig.ready; one that forgot would lose its files a day later, so a
test walks all columns that may hold a digest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as further
from typing import Any


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows that fit `only` count; the others have let go of their files."""

    model: str  # "app.Model"
    field: str
    only: Mapping[str, Any] = further(default_factory=dict)


_references: list[Reference] = []


def register_reference(
    model: str, field: str, *, only: Mapping[str, Any] | None = None
) -> None:
    reference = Reference(model, field, only or {})
    if reference in _references:
        raise ValueError(f"{model}.{field} is registered twice")
    _references.append(reference)


def registered_references() -> Sequence[Reference]:
    """Give all of them; LookupError if there is none: then everything would be an orphan."""
    if not _references:
        raise LookupError("no app has registered what it refers to")
    return tuple(_references)
