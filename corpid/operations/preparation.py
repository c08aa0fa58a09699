"""What must be there before the first request: keys, certificates, demonstration data.

An app registers its step in AppConfig.ready; `manage.py prepare` runs the steps after the
migrations, in the order of INSTALLED_APPS. A step finds its work done the second time.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

Step = Callable[[datetime], None]

_steps: dict[str, Step] = {}


def register_preparation(name: str, step: Step) -> None:
    if name in _steps:
        raise ValueError(f"two preparations are called {name}")
    _steps[name] = step


def registered_preparations() -> Iterator[tuple[str, Step]]:
    yield from _steps.items()
