"""Who signs the lists of an owner: told by the apps above, where the certificates lie.

`credentials` answers for "issuer:<slug>"; a test for its own owners.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from corpid.errors import NotAvailable, gettext_noop
from corpid.protocols.es256 import Sign


class NobodySigns(NotAvailable):
    code = "status_list_without_signer"
    title = gettext_noop("Nobody signs this status list.")
    remedy = gettext_noop("Tell our help desk; nothing that you sent is lost.")


@dataclass(frozen=True, slots=True)
class ListSigner:
    x5c: Sequence[str]
    sign: Sign


class FindSigner(Protocol):
    def __call__(self, *, name: str, at: datetime) -> ListSigner: ...


_signers: dict[str, FindSigner] = {}


def sign_lists_of(kind: str, find_signer: FindSigner) -> None:
    """Register who finds the signer for owners `<kind>:…`; the rest of the name is passed."""
    _signers[kind] = find_signer


def signer_of(owner: str, *, at: datetime) -> ListSigner:
    kind, _, name = owner.partition(":")
    if kind not in _signers:
        raise NobodySigns(owner)
    return _signers[kind](name=name, at=at)
