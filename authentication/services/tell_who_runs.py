"""Tell those who run a company, and its agents, in the transaction of what it tells."""

from collections.abc import Mapping
from datetime import datetime

from authentication.models import Company
from authentication.services.find_agents import find_agents
from authentication.services.find_who_runs import find_who_runs
from corpid.notices.services.notify_person import Fact, notify_person


def tell_who_runs(
    *,
    company: Company,
    kind: str,
    subject: str,
    path: str,
    facts: Mapping[str, Fact],
    at: datetime,
) -> None:
    """Tell each once, though they be director and agent."""
    told = [*find_who_runs(company=company, at=at), *find_agents(company=company, at=at)]
    for person_id in {person.id: None for person in told}:
        notify_person(
            kind=kind,
            person_id=person_id,
            company_id=company.id,
            at=at,
            subject=subject,
            path=path,
            facts=facts,
        )
