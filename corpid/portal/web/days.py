"""The first and the last day of what is looked for in the log: days of Hong Kong."""

from datetime import date, datetime, time, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

# The calendar has a day before and after these, in every time zone.
BOUNDS = (MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2999, 12, 31)))


def moments_between(since: date | None, until: date | None) -> dict[str, datetime | None]:
    """Give `since` and `until` as services take them: the last day included."""
    return {
        "since": None if since is None else _begins(since),
        "until": None if until is None else _begins(until + timedelta(days=1)),
    }


def _begins(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
