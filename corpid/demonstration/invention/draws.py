"""Choices that look like chance and come out the same on every machine and every day.

Python's own generator may change its methods between releases, and nothing in this tree uses
it; a digest of the seed, a label and a count never changes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Choice = TypeVar("Choice")


@dataclass
class Draws:
    seed: str
    _drawn: int = field(default=0, init=False)

    def below(self, limit: int) -> int:
        """Draw a whole number from 0 to `limit` - 1."""
        self._drawn += 1
        digest = hashlib.sha256(f"{self.seed}:{self._drawn}".encode()).digest()
        return int.from_bytes(digest[:8]) % limit

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        return choices[self.below(len(choices))]

    def happens(self, percent: int) -> bool:
        return self.below(100) < percent
