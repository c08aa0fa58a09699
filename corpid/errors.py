"""The root of every anticipated failure.

A failure is a subclass named for what happened, defined in the module that raises it. It
descends from one of the kinds below; `corpid/problems.py` alone turns a kind into a status.
Nothing here knows Django, so protocol modules may raise these too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


def gettext_noop(message: str) -> str:
    """Mark a text for translation; `corpid/problems.py` translates it for its reader."""
    return message


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with the input: where (JSON Pointer, RFC 6901), which code, in words."""

    pointer: str
    code: str
    detail: str


class CorpIDError(Exception):
    """An anticipated failure.

    `code` is stable and part of the API. `title` says what happened, `remedy` what to do next;
    both are shown to people, so they never hold what an attacker could use. `detail` (the
    argument) is for the log. OAuth endpoints answer with `oauth_error` where one is named.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    remedy: ClassVar[str]
    oauth_error: ClassVar[str | None] = None  # RFC 6749, section 5.2 and its registry

    def __init__(self, detail: str = "", *, field_errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.field_errors = tuple(field_errors)
        self.headers: dict[str, str] = {}  # that a standard wants beside the answer


class Malformed(CorpIDError):
    """The input can't be read at all."""


class NotAuthenticated(CorpIDError):
    """The caller has not shown who they are."""


class NotAllowed(CorpIDError):
    """The caller is known and may not do this."""


class NotFound(CorpIDError):
    """There is nothing here for this caller; another tenant's object is also nothing."""


class Conflict(CorpIDError):
    """The state of the thing does not permit the step."""


class Gone(CorpIDError):
    """It was here and has ended for good."""


class TooLarge(CorpIDError):
    """More bytes than we take."""


class Unsupported(CorpIDError):
    """A media type or format that we do not read."""


class Invalid(CorpIDError):
    """Readable, and its meaning does not hold."""


class TooMany(CorpIDError):
    """More requests than this caller may make now."""


class NotAvailable(CorpIDError):
    """A part that we need does not answer now; trying again later may help."""


class PartAway(NotAvailable):
    """A part of our own does not answer: jobs wait for it as long as it takes."""


class SwitchedOff(PartAway):
    """People have turned it off: jobs wait longer each time, and are woken when it is on."""


class NoRoom(PartAway):
    """A disk of our own is full: jobs wait until somebody made room."""
