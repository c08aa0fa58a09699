"""Which columns of other apps name files by their digests: what they name is never an orphan.

An app registers each in AppConfig.ready; one that forgot would lose its files a day later, so a
test walks all columns that may hold a digest.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    model: str  # "app.Model"
    field: str


_references: list[Reference] = []


def register_reference(model: str, field: str) -> None:
    reference = Reference(model, field)
    if reference in _references:
        raise ValueError(f"{model}.{field} is registered twice")
    _references.append(reference)


def registered_references() -> Sequence[Reference]:
    """Give all of them; LookupError if there is none: then everything would be an orphan."""
    if not _references:
        raise LookupError("no app has registered what it refers to")
    return tuple(_references)
