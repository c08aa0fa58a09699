"""Text of others, shown so that it can't look like ours or turn the reading direction."""

import unicodedata


def without_controls(text: str) -> str:
    """Put a space for each character of category C: controls, formats, surrogates."""
    return "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in text)
