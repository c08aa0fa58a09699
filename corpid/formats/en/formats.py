"""3 March 2026, 14:02."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
