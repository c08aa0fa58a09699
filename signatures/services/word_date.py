"""A day as people in Hong Kong write it, in the reader's language."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language


def word_date(moment: datetime | date | None) -> str:
    """Give the day in Hong Kong: `3 March 2026`, `2026 年 3 月 3 日`."""
    if moment is None:
        return ""
    day = timezone.localdate(moment) if isinstance(moment, datetime) else moment
    if (get_language() or "").startswith("zh"):
        return f"{day.year} 年 {day.month} 月 {day.day} 日"
    return date_format(day, "j F Y")
