"""End grants: every code and token that rests on them is dead within seconds."""

from datetime import datetime

from django.db import transaction

from authentication.models import Grant
from authentication.models.grant import GrantQuerySet
from corpid.audit.services.record_event import record_event


@transaction.atomic
def end_grants(
    *, grants: GrantQuerySet, ending: Grant.Ending, at: datetime, actor: str = "system"
) -> int:
    """Return how many ended; those that had ended before keep their ending."""
    ended = list(
        grants.live().select_for_update(of=("self",)).values_list("id", "session__company_id")
    )
    Grant.objects.filter(id__in=[id_ for id_, _ in ended]).update(ended_at=at, ending=ending)
    for id_, company_id in ended:
        record_event(
            kind="authentication.grant.ended",
            at=at,
            actor=actor,
            subject=f"grant:{id_}",
            company_id=company_id,
            facts={"ending": ending},
        )
    return len(ended)
