"""Where the visible stamp goes."""

from signatures.pades.fields import Place

HEIGHT = 42
MARGIN = 18
FOOT = 8


def place_stamp(*, page_size: tuple[float, float]) -> Place:
    """Take the strip at the foot of the last page, where documents have their margin."""
    width, _height = page_size
    return Place(-1, (MARGIN, FOOT, int(width) - MARGIN, FOOT + HEIGHT))
