"""Which past the database tells, as this process remembers it: asked anew once a second.

What is signed and not stored outlives the rows that could speak against it: after a restore an
access token's grant is unknown rather than ended, and a consent that was used looks unused. So
each finished restore begins a generation, and what was issued before it counts no longer.
"""

from dataclasses import dataclass
from datetime import datetime

from corpid.keys.bounded import Bounded
from corpid.restores.models import Restoration


@dataclass(frozen=True, slots=True)
class Generation:
    """`id` is empty and `since` is none where nothing was ever restored."""

    id: str = ""
    since: datetime | None = None
    is_finished: bool = True

    def counts(self, *, issued_at: datetime) -> bool:
        """Say whether what was issued at this moment was issued in this generation."""
        return self.since is None or issued_at >= self.since


PRESENT_GENERATION: Bounded[str, Generation] = Bounded(entries=1, seconds=1.0)


def present_generation() -> Generation:
    return PRESENT_GENERATION.get("present", _read)


def forget_generation() -> None:
    """Let this process, which has just begun or finished a restore, see it at once."""
    PRESENT_GENERATION.clear()


def _read() -> Generation:
    last = Restoration.objects.order_by("-begun_at", "-id").first()
    if last is None:
        return Generation()
    return Generation(last.id.hex, last.finished_at, last.finished_at is not None)
