"""Whether a request's frozen rule counts somebody."""

from datetime import datetime

from authentication.joint_policy import read_policy
from authentication.models import Person
from authentication.services.find_capacities import find_capacities
from signatures.models import SignatureRequest


def may_fill_a_place(*, request: SignatureRequest, person: Person, at: datetime) -> bool:
    """Say whether the frozen rule counts this person now."""
    assert request.approval is not None  # noqa: S101  by constraint
    held = find_capacities(persons=[person], company=request.company, at=at)
    return bool(held[person.id] & read_policy(request.approval.rule).capacities)
