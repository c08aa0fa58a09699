"""Refusals of mail servers as RFC 3463 words them, and as servers without it do."""

import pytest

from corpid.notices.smtp_answers import blames_the_address, is_for_good

ABOUT_THE_ADDRESS = [
    (550, "5.1.1 no such mailbox"),  # RFC 3463, 3.2
    (550, "5.1.2 bad destination system address"),
    (550, "5.1.6 destination mailbox has moved, no forwarding address"),
    (556, "5.1.10 recipient address has null MX"),  # RFC 7505, 4.2
    (550, "5.2.1 mailbox disabled"),  # RFC 3463, 3.3
    (552, "5.2.2 mailbox full"),
    (550, "no such user here"),  # RFC 5321, 4.2.3, without an enhanced code
    (551, "user not local"),
    (553, "mailbox name not allowed"),
]
ABOUT_SOMETHING_ELSE = [
    (550, "5.7.1 your network is on a list"),  # RFC 3463, 3.8
    (550, "5.7.26 unauthenticated mail"),  # RFC 7372
    (550, "5.1.7 bad sender's mailbox address syntax"),
    (550, "5.1.8 bad sender's system address"),
    (552, "5.2.3 message length exceeds administrative limit"),
    (550, "5.2.4 mailing list expansion problem"),
    (552, "5.3.4 message too big for system"),
    (550, "5.4.4 unable to route"),
    (550, "5.6.0 media error"),
    (552, "exceeded storage allocation"),
    (554, "transaction failed"),
    (550, "5.11.1 no subject of RFC 3463"),
]


@pytest.mark.parametrize(("code", "text"), ABOUT_THE_ADDRESS)
def test_nobody_is_reached_there(code: int, text: str) -> None:
    assert blames_the_address(code, text)


@pytest.mark.parametrize(("code", "text"), ABOUT_SOMETHING_ELSE)
def test_the_address_is_not_at_fault(code: int, text: str) -> None:
    assert not blames_the_address(code, text)


def test_refusals_for_good_begin_at_500() -> None:
    assert [code for code in (421, 450, 499, 500, 554) if is_for_good(code)] == [500, 554]


def test_a_number_later_in_the_text_is_no_enhanced_code() -> None:
    assert not blames_the_address(554, "blocked, see 5.1.1 there")
