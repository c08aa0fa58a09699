"""Dates, years away."""

from datetime import date

_FEBRUARY = 2
_LEAP_DAY = 29


def years_before(day: date, years: int) -> date:
    """Give the same day in an earlier year; 29 February becomes the 28th."""
    if (day.month, day.day) == (_FEBRUARY, _LEAP_DAY):
        day = day.replace(day=_LEAP_DAY - 1)
    return day.replace(year=day.year - years)
