"""Two people, both with the right, at the moment of the second one's word."""

from corpid.errors import NotAllowed, gettext_noop
from corpid.operations.services.holds_right import holds_right


class SecondPersonNeeded(NotAllowed):
    code = "second_person_needed"
    title = gettext_noop("Whoever asked for this can't confirm it.")
    remedy = gettext_noop("Ask a second person to confirm it within 24 hours.")


class RightEnded(NotAllowed):
    code = "right_ended"
    title = gettext_noop("Whoever asked for this, or confirms it, does not have the right now.")
    remedy = gettext_noop("Two people who both have the right ask for it and confirm it anew.")


def require_two(*, asked_by: str, actor: str, permission: str) -> None:
    """Ask about both: the first may have left, or lost the right, since they asked.

    Every step that takes two people comes through here. Raises SecondPersonNeeded, RightEnded.
    """
    if actor == asked_by:
        raise SecondPersonNeeded(actor)
    for who in (asked_by, actor):
        if not holds_right(actor=who, permission=permission):
            raise RightEnded(who)
