import pytest

from signatures.verification.loose_bytes import has_loose_bytes

TOKEN = bytes.fromhex("3003020105")  # SEQUENCE { INTEGER 5 }
BEFORE, AFTER = b"%PDF before ", b" after startxref 3 %%EOF"


def file_with(slot: bytes, behind: bytes = b"") -> tuple[bytes, list[int]]:
    again = len(BEFORE) + len(slot)
    return BEFORE + slot + AFTER + behind, [0, len(BEFORE), again, len(AFTER)]


def loose(slot: bytes, behind: bytes = b"", *, last_xref: int = 3) -> bool:
    content, byte_range = file_with(slot, behind)
    return has_loose_bytes(content, byte_ranges=[byte_range], last_xref=last_xref)


@pytest.mark.parametrize(
    "held", [TOKEN, b"\x30\x81\x80" + bytes(range(128)), b"\x30\x82\x01\x00" + bytes([7]) * 256]
)
@pytest.mark.parametrize("padding", [0, 1, 40])
def test_a_token_with_zeros_behind_it_is_whole(held: bytes, padding: int) -> None:
    written = (held + bytes(padding)).hex().encode()

    assert not loose(b"<" + written + b">")
    assert not loose(b"<" + written.upper() + b">")


@pytest.mark.parametrize(
    "slot",
    [
        b"<" + TOKEN.hex().encode() + b"01>",
        b"<" + TOKEN.hex().encode() + b"000>",
        b"<" + TOKEN.hex().encode() + b"00 00>",
        b"<3003020105aA>",
        b"<30 03020105>",
        b"(" + TOKEN + b")",
        b"<30>",
        b"",
    ],
)
def test_anything_else_in_the_slot_is_loose(slot: bytes) -> None:
    assert loose(slot)


WHOLE = b"<" + TOKEN.hex().encode() + b"0000>"


@pytest.mark.parametrize("behind", [b"\n", b" ", b"%%EOF", b"\nstartxref\n3\n%%EOF\n"])
def test_anything_behind_the_last_signature_is_loose_unless_it_is_a_revision(
    behind: bytes,
) -> None:
    assert loose(WHOLE, behind)
    assert not loose(WHOLE, b"\n9 0 obj null endobj startxref 60 %%EOF\n", last_xref=60)
    assert loose(WHOLE, b"\n9 0 obj null endobj startxref 60 %%EOF\n!", last_xref=60)
