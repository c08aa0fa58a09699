"""An outage as the public reads it: from a switch or announced; and this process's memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, override

from corpid.errors import gettext_noop
from corpid.keys.bounded import Bounded
from corpid.operations.models import SwitchedFunction

_WORDS = {
    SwitchedFunction.SIGNING: gettext_noop("Corp ID signs no documents."),
    SwitchedFunction.ISSUING: gettext_noop("Corp ID issues no licences and no certificates."),
    SwitchedFunction.PREFILL: gettext_noop(
        "Corp ID sends no company data: fill in forms by hand."
    ),
    # Switched off for one e-service at a time (only_a_login_is_of_one_client).
    SwitchedFunction.LOGIN: gettext_noop(
        "Signing in to one e-service with Corp ID is off: use its other ways. "
        "Other e-services are not concerned."
    ),
}


@dataclass(frozen=True, slots=True)
class OutageNotice:
    """`client_id` names the e-service whose sign-in alone is away; `ends_at` may be unknown.

    `told_at` is when it was written down, which may be later than it began.
    """

    reference: str
    is_announced: bool
    functions: tuple[SwitchedFunction, ...]
    client_id: str
    starts_at: datetime
    ends_at: datetime | None
    told_at: datetime
    texts: Mapping[str, str]

    def state(self, *, at: datetime) -> str:
        """Say `planned`, `current` or `over`."""
        if at < self.starts_at:
            return "planned"
        return "current" if self.ends_at is None or at < self.ends_at else "over"


# Shown on pages, a few seconds late at most; what is switched off is asked for elsewhere.
OUTAGE_NOTICES: Bounded[str, tuple[OutageNotice, ...]] = Bounded(entries=1, seconds=5.0)


def words_of(function: SwitchedFunction) -> Callable[[str], str]:
    """Give what a switch of this function means, by language."""

    def words(language: str) -> str:
        with override(language):
            return gettext(_WORDS[function])

    return words
