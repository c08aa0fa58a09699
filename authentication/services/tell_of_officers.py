"""The register names somebody, or no longer, or the office is contested: tell them at once.

Whoever was made director behind their back, or taken off the register, has to hear of it before
anybody acts on it.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from authentication.models import Capacity, Officer, Person
from authentication.services.find_who_runs import find_who_runs
from authentication.services.tell_who_knows import tell_who_knows
from corpid.languages import in_each_language, worded_in_each_language
from corpid.notices.services.notify_person import notify_person
from corpid.notices.services.tell_each import tell_each

NAMED = "officer.named"
CONTESTED = "officer.contested"
REMOVED = "officer.removed"
_KINDS = {
    Officer.Told.NAMED: NAMED,
    Officer.Told.CONTESTED: CONTESTED,
    Officer.Told.REMOVED: REMOVED,
}


def tell_of_officers(*, at: datetime, at_most: int = 200) -> int:
    """Tell of up to `at_most` offices, each in its own transaction; say of how many."""
    today = timezone.localdate(at)
    changed = Officer.objects.untold(on=today).values_list("pk", flat=True)
    return tell_each(pks=changed[:at_most], tell=lambda pk: _tell(pk, today, at))


@transaction.atomic
def _tell(pk: UUID, today: date, at: datetime) -> bool:
    officer = (
        Officer.objects.untold(on=today)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("company__current_name", "person", "firm")
        .filter(pk=pk)
        .first()
    )
    if officer is None:
        return False  # another worker is telling of it, or has told
    news, told_before = _news(officer, today), officer.told
    Officer.objects.filter(pk=pk).update(told=news)
    if news == Officer.Told.REMOVED and not told_before:
        return False  # over before anybody could be told
    for person in _concerned(officer, at):
        notify_person(
            kind=_KINDS[news],
            person_id=person.id,
            company_id=officer.company_id,
            at=at,
            subject=f"officer:{officer.id}:{at.isoformat()}",
            path="/account",
            facts={
                "capacity": worded_in_each_language(Capacity(officer.capacity).label),
                "company": in_each_language(officer.company.name_in),
            },
        )
    tell_who_knows(
        company=officer.company,
        type="company.officers",
        data={"company": officer.company.ubi},
        at=at,
    )
    return True


def _news(officer: Officer, today: date) -> Officer.Told:
    """Say what stands there; settled again, an office is told of as named."""
    if officer.ceased_on is not None and officer.ceased_on <= today:
        return Officer.Told.REMOVED
    is_contested = officer.contested_at is not None
    return Officer.Told.CONTESTED if is_contested else Officer.Told.NAMED


def _concerned(officer: Officer, at: datetime) -> list[Person]:
    """Give who may read it: not somebody who has not joined, or may not act."""
    if officer.firm is not None:
        return find_who_runs(company=officer.firm, at=at)
    person = officer.person
    may_read = person is not None and person.account_id is not None
    return [person] if person is not None and may_read else []
