"""Claims as lines that a person reads: a label in their language, and the value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from credentials.claims_path import Path, select
from credentials.models.credential_type import label_in
from credentials.sd_jwt_vc import TypeMetadata


@dataclass(frozen=True, slots=True)
class ClaimLine:
    label: str
    value: str


def claim_lines(
    metadata: TypeMetadata, claims: dict[str, Any], paths: Sequence[Path], language: str
) -> list[ClaimLine]:
    """Write what stands at the paths, whole objects and lists leaf by leaf, none twice."""
    leaves: dict[Path, Any] = {}
    for path in paths:
        for found, value in select(claims, path):
            leaves.update(_leaves(found, value))
    return [
        ClaimLine(_label(metadata, path, language), _text(value))
        for path, value in leaves.items()
    ]


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves((*path, name), inner)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves((*path, index), inner)
    else:
        yield path, value


def _label(metadata: TypeMetadata, path: Path, language: str) -> str:
    own = label_in(metadata, path, language)
    named = [step for step in path if isinstance(step, str)]
    if len(named) == 1 or len(path) != len(named):
        return own
    return f"{label_in(metadata, path[:-1], language)} · {own}"


def _text(value: Any) -> str:
    if value is True:
        return gettext("yes")
    if value is False:
        return gettext("no")
    return "" if value is None or value in ([], {}) else str(value)
