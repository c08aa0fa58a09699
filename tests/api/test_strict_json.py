import pytest

from corpid.api.parsers import JSONMalformed, read_json


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b"[Infinity]",
        b"[1e999]",
        b"[-1e999]",
        b"[9007199254740993]",
        b"[123456789012345678901234567890]",
        b'"\\u0000"',
        b'"\\ud800"',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 33 + b"]" * 33,
        b"[" * 40 + b"]" * 40,
        '{"caf\u00e9": 1, "cafe\u0301": 2}'.encode(),
        b"[" * 100_000,
        b"'a'",
        b"{} {}",
    ],
)
def test_what_two_readers_could_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(JSONMalformed):
        read_json(body)


def test_the_largest_number_that_all_readers_hold_is_read() -> None:
    assert read_json(b"[9007199254740992, 1.5]") == [2**53, 1.5]


def test_names_and_strings_come_back_composed() -> None:
    assert read_json('{"cafe\u0301": "e\u0301"}'.encode()) == {"café": "é"}


def test_characters_beyond_the_basic_plane_stay_whole() -> None:
    assert read_json('"𠮷𨋢"'.encode()) == "𠮷𨋢"
    assert read_json(b'"\\ud842\\udfb7"') == "𠮷"


def test_thirty_two_levels_are_read() -> None:
    assert read_json(b"[" * 32 + b"1" + b"]" * 32) is not None


def test_a_backslash_before_the_letters_of_nul_is_no_nul() -> None:
    assert read_json(b'"\\\\u0000"') == "\\u0000"
