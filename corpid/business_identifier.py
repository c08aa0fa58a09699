"""The Unique Business Identifier (UBI) of a Hong Kong company or business.

Eight digits are the Business Registration Number, the UBI of Companies Registry entities since
27 December 2023. An entity without one carries a dummy: prefix letters and the zero-padded
Companies Registry number, `C0012345`, `F0001234`. No check digit is officially known; the shape
is checked here, the rest is asked of the register.
"""

import re
from dataclasses import dataclass
from typing import Literal

from corpid.errors import Invalid, gettext_noop

_BRN = re.compile(r"[0-9]{8}\Z")
_DUMMY = re.compile(r"(?=[A-Z]{1,3}[0-9]{5,7}\Z)[A-Z0-9]{8}\Z")
_CR_NUMBER = re.compile(r"(F?)([0-9]{1,7})\Z")


class NotABusinessIdentifier(Invalid):
    code = "business_identifier_malformed"
    title = gettext_noop("This is not a business identifier.")
    remedy = gettext_noop(
        "Give the 8 digits of the business registration number, or a letter and the 7 digits of"
        " the Companies Registry number."
    )


@dataclass(frozen=True, slots=True)
class BusinessIdentifier:
    """`text` has exactly 8 characters; `kind` says where it comes from."""

    text: str
    kind: Literal["brn", "dummy"]

    def __str__(self) -> str:
        return self.text


def parse_business_identifier(text: str) -> BusinessIdentifier:
    """Read a UBI as typed: spaces and lower case are forgiven, a certificate number is cut.

    `12345678-000-01-25-1` (a certificate: BRN, branch, month, year, check character) reads as
    `12345678`; a legacy Companies Registry number `1234567` or `F1234` as its dummy.
    Raises NotABusinessIdentifier.
    """
    compact = text.strip().upper().replace(" ", "")
    head = compact.split("-", 1)[0]
    if _BRN.match(head):
        return BusinessIdentifier(head, "brn")
    if _DUMMY.match(compact):
        return BusinessIdentifier(compact, "dummy")
    if legacy := _CR_NUMBER.match(compact):
        letter, digits = legacy.groups()
        return BusinessIdentifier(f"{letter or 'C'}{digits.zfill(7)}", "dummy")
    raise NotABusinessIdentifier
