"""Identity documents: their shape, and what may be kept of them.

The Hong Kong identity card number is one or two letters, six digits and a check character. It
is never stored: a keyed HMAC finds the person again, the tail lets them recognise it.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Literal

from corpid.errors import Invalid, gettext_noop

_HKID = re.compile(r"([A-Z]{1,2})([0-9]{6})\(?([0-9A])\)?\Z")
_PASSPORT = re.compile(r"[A-Z0-9]{5,15}\Z")
_WEIGHTS = range(9, 1, -1)

Kind = Literal["hkid", "passport"]


class IdentityDocumentMalformed(Invalid):
    code = "identity_document_malformed"
    title = gettext_noop("This is not the number of an identity document.")
    remedy = gettext_noop("Type it as printed on the document, with the character in brackets.")


@dataclass(frozen=True, slots=True)
class IdentityDocument:
    kind: Kind
    number: str

    @property
    def tail(self) -> str:
        """The last characters, which a page may show."""
        return self.number[-3:]

    def digest(self, key: bytes) -> bytes:
        """HMAC-SHA-256 over kind and number: 32 bytes that only a holder of the key can try."""
        return hmac.new(key, f"{self.kind}:{self.number}".encode(), hashlib.sha256).digest()

    def __repr__(self) -> str:
        return f"IdentityDocument({self.kind}, …{self.tail})"


def read_identity_document(kind: Kind, text: str) -> IdentityDocument:
    """Read a number as typed; an identity card's check character must be right.

    Raises IdentityDocumentMalformed.
    """
    compact = text.strip().upper().replace(" ", "")
    if kind == "passport":
        if not _PASSPORT.match(compact):
            raise IdentityDocumentMalformed
        return IdentityDocument("passport", compact)
    matched = _HKID.match(compact)
    if matched is None or hkid_check_character(*matched.groups()[:2]) != matched[3]:
        raise IdentityDocumentMalformed
    return IdentityDocument("hkid", "".join(matched.groups()))


def hkid_check_character(letters: str, digits: str) -> str:
    """Reckon it: A = 10 … Z = 35, a missing first letter 36; weights 9 to 2, modulo 11."""
    values = [36] * (2 - len(letters)) + [ord(letter) - 55 for letter in letters]
    values += [int(digit) for digit in digits]
    check = (11 - sum(map(int.__mul__, _WEIGHTS, values)) % 11) % 11
    return "A" if check == 10 else str(check)  # noqa: PLR2004  ten does not fit in one digit
