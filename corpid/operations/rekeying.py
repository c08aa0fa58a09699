"""Who replaces a key of each purpose, and in which order: told by the apps above."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from corpid.keys.models import SigningKey


class ReplaceKey(Protocol):
    def __call__(
        self, *, key: SigningKey, is_compromised: bool, actor: str, at: datetime
    ) -> None:
        """Give the holder another key; a second call changes nothing."""


@dataclass(frozen=True, slots=True)
class Rekeyer:
    rank: int  # the lowest first; 0: authorities, before anything that waits
    replace_key: ReplaceKey
    keys_awaited: Callable[
        [], Collection[UUID]
    ]  # by work that waits now: before other holders'


_rekeyers: dict[str, Rekeyer] = {}


def register_rekeying(
    purpose: str,
    *,
    rank: int,
    replace_key: ReplaceKey,
    keys_awaited: Callable[[], Collection[UUID]],
) -> None:
    if purpose in _rekeyers:
        raise ValueError(f"two re-keyers for {purpose}")
    _rekeyers[purpose] = Rekeyer(rank, replace_key, keys_awaited)


def rekeyers() -> dict[str, Rekeyer]:
    return dict(_rekeyers)
