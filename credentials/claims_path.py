"""Claims path pointers: which claims of a credential a path selects.

OpenID for Verifiable Presentations 1.0, section 7, and the type metadata of SD-JWT VC use the
same pointers: a name, an index, or null for every element of an array.
"""

from collections.abc import Mapping
from typing import Any

from corpid.protocols.sd_jwt import HIDDEN

Step = str | int | None
Pointer = tuple[Step, ...]
Path = tuple[str | int, ...]


def is_step(step: Any) -> bool:
    """Say whether a JSON value may be part of a pointer."""
    if isinstance(step, bool):
        return False
    return step is None or isinstance(step, str) or (isinstance(step, int) and step >= 0)


def select(claims: Any, pointer: Pointer) -> list[tuple[Path, Any]]:
    """Follow a pointer (section 7.1.1): the claims that it selects, none where it fails."""
    selected: list[tuple[Path, Any]] = [((), claims)]
    for step in pointer:
        following: list[tuple[Path, Any]] = []
        for path, value in selected:
            if isinstance(step, str):
                if not isinstance(value, Mapping):
                    return []
                if step in value:
                    following.append(((*path, step), value[step]))
            elif not isinstance(value, list):
                return []
            elif step is None:
                following.extend(
                    ((*path, i), element)
                    for i, element in enumerate(value)
                    if element is not HIDDEN
                )
            elif step < len(value) and value[step] is not HIDDEN:
                following.append(((*path, step), value[step]))
        selected = following
    return selected
