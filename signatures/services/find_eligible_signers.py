"""Those who may fill a place in a company's rule now."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from authentication.joint_policy import Ballot, JointPolicy, progress_of
from authentication.models import Company, Member, Officer, Person
from authentication.services.find_capacities import find_capacities
from corpid.errors import Invalid, gettext_noop


class RuleUnsatisfiable(Invalid):
    code = "rule_unsatisfiable"
    title = gettext_noop("Not enough people may sign for this company to meet its rule.")
    remedy = gettext_noop("The register must name the people whom the rule needs.")


def find_eligible_signers(
    *, company: Company, policy: JointPolicy, at: datetime
) -> list[Person]:
    """List those who may fill a place. Raises RuleUnsatisfiable if they are too few."""
    offices = Officer.objects.in_office(on=timezone.localdate(at)).filter(company=company)
    firms = offices.filter(firm__isnull=False).values("firm_id")
    candidates = Person.objects.filter(
        Q(offices__in=offices)
        | Q(memberships__company=company, memberships__status=Member.Status.ACTIVE)
        | Q(memberships__company__in=firms, memberships__status=Member.Status.ACTIVE)
    ).distinct()
    held = find_capacities(persons=candidates, company=company, at=at)
    ballots = [
        Ballot(person, places)
        for person in candidates
        if (places := held[person.id] & policy.capacities)
    ]
    progress = progress_of(policy, ballots)
    if not progress.is_complete:
        raise RuleUnsatisfiable(f"{progress.have} of {progress.needed}")
    return [ballot.person for ballot in ballots]
