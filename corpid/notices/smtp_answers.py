"""What a mail server's refusal says: is it about the address, or about something else.

RFC 5321, section 4.2.3 has the codes, RFC 3463, section 3 the enhanced ones behind them. A
refusal may just as well be about us (5.7.1: our network is on somebody's list), about the text
or about the sender: to take that for a dead mailbox would silence us to everybody at once.
"""

import re

_FOR_GOOD = 500
_OF_AN_ADDRESS = {550, 551, 553}  # unavailable, not local, not allowed: RFC 5321, 4.2.3
_ENHANCED = re.compile(r"5\.(\d{1,3})\.(\d{1,3})(?!\d|\.\d)")
_ADDRESSING, _MAILBOX = 1, 2
# Of these two subjects, what is not about the recipient: the sender's address (RFC 3463, 3.2),
# a text that is too long for the mailbox and a list that fails behind it (3.3).
_OTHERS = {(_ADDRESSING, 7), (_ADDRESSING, 8), (_MAILBOX, 3), (_MAILBOX, 4)}


def is_for_good(code: int) -> bool:
    return code >= _FOR_GOOD


def blames_the_address(code: int, text: str) -> bool:
    """Say whether the answer to a recipient means that this address takes no mail any more."""
    found = _ENHANCED.match(text.lstrip())
    if found is None:
        return code in _OF_AN_ADDRESS
    subject, detail = int(found[1]), int(found[2])
    return subject in {_ADDRESSING, _MAILBOX} and (subject, detail) not in _OTHERS
