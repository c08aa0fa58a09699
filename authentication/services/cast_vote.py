"""One person says yes or no to exactly what they were shown."""

import hmac
from datetime import datetime

from django.db import transaction

from authentication.joint_policy import Progress, read_policy
from authentication.models import Approval, Person, Vote
from authentication.services.count_votes import count_votes
from authentication.services.find_capacities import find_capacities
from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, NotAllowed, gettext_noop


class ApprovalNotOpen(Conflict):
    code = "approval_not_open"
    title = gettext_noop("There is nothing to approve here any more.")
    remedy = gettext_noop("It was completed, declined, withdrawn or its time has passed.")


class ShownSomethingElse(Conflict):
    code = "shown_something_else"
    title = gettext_noop("What you saw is no longer what would be approved.")
    remedy = gettext_noop("Open it again and read it before you approve.")


class NoPlaceInRule(NotAllowed):
    code = "no_place_in_rule"
    title = gettext_noop("The company's rule does not count you here.")
    remedy = gettext_noop("Ask one of the people whom the rule names.")


class MakerIsNotChecker(NotAllowed):
    code = "maker_is_not_checker"
    title = gettext_noop("You prepared this, so somebody else must approve it.")
    remedy = gettext_noop("Ask another person whom the rule names.")


class AlreadyVoted(Conflict):
    code = "already_voted"
    title = gettext_noop("You have already given your answer.")
    remedy = gettext_noop("You can take an approval back until the rule is complete.")


@transaction.atomic
def cast_vote(
    *,
    approval: Approval,
    person: Person,
    choice: Vote.Choice,
    digest: str,
    at: datetime,
    reason: str = "",
) -> Progress:
    """Count the vote and close the approval when it decides: complete, or declined by one no.

    `digest` is what the person was shown. Raises ApprovalNotOpen, ShownSomethingElse,
    MakerIsNotChecker, NoPlaceInRule or AlreadyVoted; of two last votes at once, both count.
    """
    approval = Approval.objects.select_for_update().get(id=approval.id)
    if approval.state != Approval.State.WAITING or at >= approval.closes_at:
        raise ApprovalNotOpen(approval.state)
    if not hmac.compare_digest(approval.digest, digest):
        raise ShownSomethingElse
    vote = Vote(
        approval=approval,
        person=person,
        capacity=_place_of(person, approval, at),
        choice=choice,
        reason=reason,
        cast_at=at,
    )
    if Vote.objects.filter(approval=approval, person=person, taken_back_at=None).exists():
        raise AlreadyVoted
    vote.save()
    progress = count_votes(approval=approval, at=at)
    if choice == Vote.Choice.NO:
        approval.state = Approval.State.DECLINED
    elif progress.is_complete:
        approval.state = Approval.State.COMPLETE
    approval.save(update_fields=["state"])
    _record(vote, progress)
    return progress


def _place_of(person: Person, approval: Approval, at: datetime) -> str:
    """Find where the rule counts them. Raises MakerIsNotChecker, NoPlaceInRule."""
    if person.id == approval.maker_id:
        raise MakerIsNotChecker
    held = find_capacities(persons=[person], company=approval.company, at=at)
    places = held[person.id] & read_policy(approval.rule).capacities
    if not places:
        raise NoPlaceInRule
    return min(places)


def _record(vote: Vote, progress: Progress) -> None:
    approval = vote.approval
    answer = "given" if vote.choice == Vote.Choice.YES else "declined"
    record_event(
        kind=f"authentication.approval.{answer}",
        at=vote.cast_at,
        actor=f"person:{vote.person_id}",
        subject=approval.subject,
        company_id=approval.company_id,
        facts={
            "approval": str(approval.id),
            "digest": approval.digest,
            "capacity": vote.capacity,
            "have": progress.have,
            "needed": progress.needed,
        },
    )
