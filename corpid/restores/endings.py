"""What must not come back when the database does: told by the apps above.

A restored database says of a session ended after its moment that it is open, and of a link used
after it that it is unused. Each app that keeps such things names how to end all of them.
"""

from collections.abc import Callable
from datetime import datetime

EndAll = Callable[[datetime], int]

_ending: dict[str, EndAll] = {}


def register_ending(name: str, end_all: EndAll) -> None:
    """Have `end_all` called after a restore; it returns how many it ended."""
    if name in _ending:
        raise ValueError(f"two endings are called {name}")
    _ending[name] = end_all


def registered_endings() -> dict[str, EndAll]:
    return dict(_ending)
