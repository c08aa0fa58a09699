"""Another company takes the place of one: tell both sides, and the e-services that know it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from authentication.models import Succession
from authentication.services.tell_who_knows import tell_who_knows
from authentication.services.tell_who_runs import tell_who_runs
from corpid.languages import in_each_language
from corpid.notices.services.tell_each import tell_each

SUCCEEDED = "company.succeeded"


def tell_of_successions(*, at: datetime, at_most: int = 200) -> int:
    """Tell of those that have taken effect, each in its own transaction; say how many."""
    today = timezone.localdate(at)
    due = Succession.objects.filter(told_at=None, effective_on__lte=today)
    return tell_each(
        pks=due.values_list("pk", flat=True)[:at_most], tell=lambda pk: _tell(pk, at)
    )


@transaction.atomic
def _tell(pk: UUID, at: datetime) -> bool:
    succession = (
        Succession.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("predecessor__current_name", "successor__current_name")
        .filter(pk=pk, told_at=None)
        .first()
    )
    if succession is None:
        return False
    predecessor, successor = succession.predecessor, succession.successor
    for company in (predecessor, successor):
        tell_who_runs(
            company=company,
            kind=SUCCEEDED,
            subject=f"succession:{succession.id}",
            path="/company",
            facts={
                "company": in_each_language(predecessor.name_in),
                "successor": in_each_language(successor.name_in),
            },
            at=at,
        )
    tell_who_knows(
        company=predecessor,
        type="company.succeeded",
        data={
            "company": predecessor.ubi,
            "successor": successor.ubi,
            "kind": succession.kind,
            "effective_on": succession.effective_on.isoformat(),
        },
        at=at,
    )
    Succession.objects.filter(pk=pk).update(told_at=at)
    return True
