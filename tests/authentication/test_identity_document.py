import pytest

from authentication.identity_document import (
    IdentityDocumentMalformed,
    hkid_check_character,
    read_identity_document,
)


@pytest.mark.parametrize(
    ("letters", "digits", "check"),
    [("A", "123456", "3"), ("G", "123456", "A"), ("AB", "987654", "3"), ("L", "555555", "0")],
)
def test_the_check_character_follows_the_weights(letters: str, digits: str, check: str) -> None:
    assert hkid_check_character(letters, digits) == check


@pytest.mark.parametrize("typed", ["A123456(3)", "a1234563", " A 123456 (3) "])
def test_a_card_number_is_read_as_people_type_it(typed: str) -> None:
    assert read_identity_document("hkid", typed).number == "A1234563"


@pytest.mark.parametrize("typed", ["A123456(4)", "A12345(3)", "1234563", "", "A123456"])
def test_a_card_number_that_cannot_be_is_refused(typed: str) -> None:
    with pytest.raises(IdentityDocumentMalformed):
        read_identity_document("hkid", typed)


def test_nothing_shown_or_kept_holds_the_number() -> None:
    document = read_identity_document("hkid", "A123456(3)")

    assert "A123456" not in repr(document)
    assert document.digest(b"k" * 32) != document.digest(b"j" * 32)
    assert len(document.digest(b"k" * 32)) == 32
