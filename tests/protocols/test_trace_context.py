"""`traceparent`, with the examples and rules of W3C Trace Context."""

import pytest

from corpid.protocols.trace_context import read_trace_id, write_traceparent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "traceparent",
    [
        f"00-{TRACE}-{SPAN}-01",  # section 3.2.3
        f"00-{TRACE}-{SPAN}-00",
        f"00-{TRACE}-{SPAN}-ff",  # unknown flags
        f"cc-{TRACE}-{SPAN}-01",  # a later version: section 3.2.4
        f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like",
    ],
)
def test_the_trace_id_of_a_valid_header_is_taken(traceparent: str) -> None:
    assert read_trace_id(traceparent) == TRACE


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        TRACE,
        f"ff-{TRACE}-{SPAN}-01",  # "version ff is invalid"
        f"00-{'0' * 32}-{SPAN}-01",  # "all bytes as zero … is invalid"
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",  # lower case alone
        f"00-{TRACE}-{SPAN.upper()}-01",
        f"0-{TRACE}-{SPAN}-01",
        f"000-{TRACE}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}0-{SPAN}-01",
        f"00-{TRACE}-{SPAN[1:]}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-012",
        f"00-{TRACE}-{SPAN}-01-",  # version 00 ends here
        f"00-{TRACE}-{SPAN}-01-more",
        f"cc-{TRACE}-{SPAN}-01.more",
        f"cc-{TRACE}-{SPAN}-01-" + "x" * 500,
        f"cc-{TRACE}-{SPAN}-01-\x1b[2J",
        f" 00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01",  # two headers, joined by the server
        f"00_{TRACE}_{SPAN}_01",
        f"00-{TRACE[:-1]}g-{SPAN}-01",
        f"00-{'٣' * 32}-{SPAN}-01",  # digits, but not ours
        '{"event": "forged"}',
    ],
)
def test_anything_else_gives_none(traceparent: str) -> None:
    assert read_trace_id(traceparent) is None


def test_what_is_written_is_read() -> None:
    written = write_traceparent(trace_id=TRACE, span_id=SPAN)

    assert written == f"00-{TRACE}-{SPAN}-01"
    assert read_trace_id(written) == TRACE
