"""The `traceparent` header: one id for what belongs together (W3C Trace Context, section 3.2).

Of what others send only the trace id is taken; `tracestate` is neither read nor passed on.
"""

import re

# Section 3.2.2: lower case alone, and no field of zeros alone.
_PARTS = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>(?!0{32})[0-9a-f]{32})"
    r"-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?P<more>-[\x21-\x7e]*)?"
)
_LONGEST = 200  # what a later version may add; nobody needs more


def read_trace_id(traceparent: str) -> str | None:
    """Give the trace id of a valid header; None if it is not one, or if several were joined.

    A later version is read as this one, up to the flags (section 3.2.4).
    """
    if len(traceparent) > _LONGEST:
        return None
    found = _PARTS.fullmatch(traceparent)
    if found is None or found["version"] == "ff":
        return None
    if found["version"] == "00" and found["more"] is not None:
        return None
    return found["trace"]


def write_traceparent(*, trace_id: str, span_id: str) -> str:
    """`span_id`: 16 hexadecimal digits that name this call. Sampled: we keep our log lines."""
    return f"00-{trace_id}-{span_id}-01"
