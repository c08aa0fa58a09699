"""How far a request is: who has said yes, and how many more are needed."""

from dataclasses import dataclass
from datetime import datetime

from authentication.joint_policy import Progress, read_policy
from authentication.models import Capacity, Person, Vote
from authentication.services.count_votes import count_votes
from signatures.models import SignatureRequest


@dataclass(frozen=True, slots=True)
class Standing:
    """`counts_directors_only`: then pages may say "director" instead of "person"."""

    progress: Progress
    votes: tuple[Vote, ...]
    counts_directors_only: bool

    def vote_of(self, person: Person) -> Vote | None:
        return next((vote for vote in self.votes if vote.person_id == person.id), None)


def count_approvals(*, request: SignatureRequest, at: datetime) -> Standing:
    approval = request.approval
    assert approval is not None  # noqa: S101  by constraint, of every request that was asked
    votes = tuple(
        Vote.objects.filter(approval=approval, choice=Vote.Choice.YES, taken_back_at=None)
        .select_related("person")
        .order_by("cast_at")
    )
    return Standing(
        progress=count_votes(approval=approval, at=at),
        votes=votes,
        counts_directors_only=read_policy(approval.rule).capacities == {Capacity.DIRECTOR},
    )
