"""Moments as the API writes them."""

from datetime import UTC, datetime


def written_moment(at: datetime) -> str:
    """Write in UTC (RFC 3339), the same in a first answer and in one that is replayed."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
