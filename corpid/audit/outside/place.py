"""What a place outside has to do, whatever it is made of."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol


class PlaceNotAvailable(Exception):
    """The place did not take a note, or did not give its notes. Says why, without secrets."""


class OutsidePlace(Protocol):
    @property
    def name(self) -> str:
        """Tell the place from others; no secret in it."""

    def append(self, note: str, *, signed_at: datetime) -> None:
        """Keep the note for good; raise PlaceNotAvailable if that is not certain.

        The same note may come twice: after a crash nobody knows whether it had arrived.
        """

    def notes(self) -> Iterator[str]:
        """Give every note that was ever kept, oldest first.

        What can't be read as a note is given as it stands, for the reader to tell of it.
        """
