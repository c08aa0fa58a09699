"""How far one person alone fills the company's signing rule, where a power is used under it."""

from datetime import datetime

from authentication.joint_policy import Ballot, Progress, progress_of
from authentication.models import Company, Person
from authentication.powers import power_named
from authentication.services.find_capacities import find_capacities
from authentication.services.find_signing_rule import find_signing_rule


def count_places(
    *, person: Person, company: Company, power: str, at: datetime
) -> Progress | None:
    """Count the person once, whatever capacities they hold; None where nobody else is needed.

    Person and company are taken as they are: check_power has just read them anew.
    """
    if not power_named(power).is_joint:
        return None
    held = find_capacities(persons=[person], company=company, at=at)
    policy = find_signing_rule(company=company, at=at)
    return progress_of(policy, [Ballot(person.id, held[person.id])])
