"""Answer an e-service that asks whether somebody may do something for a company now."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from authentication.joint_policy import Progress
from authentication.models import Amount, Company, EService
from authentication.powers import UnknownPower, power_named
from authentication.services.check_power import Authority, check_power
from authentication.services.count_places import count_places
from authentication.services.find_concerned import Concerned, Named, find_concerned
from corpid.audit.services.record_event import record_event
from corpid.errors import Invalid, NotAllowed, gettext_noop


class PowerUnknown(Invalid):
    code = "power_unknown"
    title = gettext_noop("There is no such power.")
    remedy = gettext_noop("Take its key from the table of powers in the guide.")


class OthersMustAgree(NotAllowed):
    code = "others_must_agree"
    title = gettext_noop("One person alone can't do this for the company.")
    remedy = gettext_noop("Ask for it in Corp ID, where the others whom the rule names agree.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is the code of what stands in the way, None of a yes.

    `authority` is what was found, also where others must agree: how many, `joint` tells.
    """

    company: Company
    reason: str | None
    authority: Authority | None
    joint: Progress | None = None

    @property
    def is_allowed(self) -> bool:
        return self.reason is None


@transaction.atomic
def check_authority(
    *,
    e_service: EService,
    named: Named,
    power: str,
    at: datetime,
    mandate: str | None = None,
    amount: Amount | None = None,
) -> Verdict:
    """Decide anew, along the whole chain; a no is an answer.

    The company sees in its log who asked about whom, and what the answer was.
    Raises PowerUnknown and what find_concerned raises.
    """
    concerned = find_concerned(e_service=e_service, named=named)
    try:
        power_named(power)
    except UnknownPower as error:
        raise PowerUnknown from error
    verdict = _decide(concerned, power, at, mandate, amount)
    record_event(
        kind="authentication.authority.checked",
        at=at,
        actor=f"e-service:{e_service.client_id}",
        subject=f"person:{concerned.person.id}",
        company_id=concerned.company.id,
        facts={"power": power, "allowed": verdict.is_allowed, "reason": verdict.reason},
    )
    return verdict


def _decide(
    concerned: Concerned,
    power: str,
    at: datetime,
    mandate: str | None,
    amount: Amount | None,
) -> Verdict:
    person, company = concerned.person, concerned.company
    try:
        authority = check_power(
            person=person, company=company, power=power, at=at, mandate=mandate, amount=amount
        )
    except NotAllowed as refusal:
        return Verdict(company, refusal.code, None)
    joint = count_places(person=person, company=company, power=power, at=at)
    if joint is not None and not joint.is_complete:
        return Verdict(company, OthersMustAgree.code, authority, joint)
    return Verdict(company, None, authority, joint)
