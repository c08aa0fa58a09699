import pytest

from corpid.business_identifier import NotABusinessIdentifier, parse_business_identifier


@pytest.mark.parametrize(
    ("typed", "text", "kind"),
    [
        ("12345678", "12345678", "brn"),
        (" 1234 5678 ", "12345678", "brn"),
        ("12345678-000-01-25-1", "12345678", "brn"),
        ("C0012345", "C0012345", "dummy"),
        ("f0001234", "F0001234", "dummy"),
        ("12345", "C0012345", "dummy"),
        ("F1234", "F0001234", "dummy"),
    ],
)
def test_an_identifier_is_read_as_people_type_it(typed: str, text: str, kind: str) -> None:
    identifier = parse_business_identifier(typed)

    assert (identifier.text, identifier.kind) == (text, kind)


@pytest.mark.parametrize(
    "typed",
    ["", "123456789", "ABCD1234", "C001234", "12345678x", "１２３４５６７８", "C00123456", "-"],
)
def test_what_has_not_the_shape_is_refused(typed: str) -> None:
    with pytest.raises(NotABusinessIdentifier):
        parse_business_identifier(typed)
