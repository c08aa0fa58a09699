"""How far the standing votes fill the policy, asked of the registers as they are now.

A vote counts in every capacity that its person holds at this moment: who has resigned since no
longer counts, so a rule is complete only while it is.
"""

from datetime import datetime

from authentication.joint_policy import Ballot, Progress, progress_of, read_policy
from authentication.models import Approval, Person, Vote
from authentication.services.find_capacities import find_capacities


def count_votes(*, approval: Approval, at: datetime) -> Progress:
    voters = Person.objects.filter(
        votes__approval=approval, votes__taken_back_at=None, votes__choice=Vote.Choice.YES
    )
    if approval.maker_id is not None:
        voters = voters.exclude(id=approval.maker_id)
    held = find_capacities(persons=voters, company=approval.company, at=at)
    ballots = [Ballot(person_id, capacities) for person_id, capacities in held.items()]
    return progress_of(read_policy(approval.rule), ballots)
