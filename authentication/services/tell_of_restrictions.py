"""A restriction stands, is to be looked at again, or has ended: tell those whom it concerns.

Of one that must not be told (no tipping-off) nobody hears anything, its end included.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from authentication.models import Company, Mandate, Restriction
from authentication.services.tell_who_knows import tell_who_knows
from authentication.services.tell_who_runs import tell_who_runs
from corpid.languages import worded_in_each_language
from corpid.notices.services.notify_person import Fact, notify_person
from corpid.notices.services.tell_each import tell_each

SET = "restriction.set"
REVIEW_DUE = "restriction.review_due"
LIFTED = "restriction.lifted"
_KINDS = {
    Restriction.Told.SET: SET,
    Restriction.Told.REVIEW_DUE: REVIEW_DUE,
    Restriction.Told.LIFTED: LIFTED,
}


def tell_of_restrictions(*, at: datetime, at_most: int = 200) -> int:
    """Tell of up to `at_most`, each in its own transaction; say how many."""
    due = (
        Restriction.objects.filter(may_be_told=True, valid_from__lte=at)
        .exclude(told=Restriction.Told.LIFTED)
        .filter(_has_ended(at) | _begins() | _is_to_be_reviewed(at))
    )
    return tell_each(
        pks=due.values_list("pk", flat=True)[:at_most], tell=lambda pk: _tell(pk, at)
    )


def _has_ended(at: datetime) -> Q:
    return Q(valid_until__lte=at)


def _begins() -> Q:
    return Q(told="")


def _is_to_be_reviewed(at: datetime) -> Q:
    return Q(told=Restriction.Told.SET, review_on__lte=timezone.localdate(at))


@transaction.atomic
def _tell(pk: UUID, at: datetime) -> bool:
    restriction = (
        Restriction.objects.select_for_update(skip_locked=True)
        .filter(pk=pk, may_be_told=True)
        .first()
    )
    if restriction is None:
        return False
    news = _news(restriction, at)
    if news is None:
        return False
    Restriction.objects.filter(pk=pk).update(told=news)
    if news == Restriction.Told.LIFTED and not restriction.told:
        return False  # over before anybody could be told
    _tell_people(restriction, _KINDS[news], at)
    if news != Restriction.Told.REVIEW_DUE:
        _tell_e_services(restriction, news, at)
    return True


def _news(restriction: Restriction, at: datetime) -> Restriction.Told | None:
    told = Restriction.Told
    if restriction.told == told.LIFTED:
        return None
    if restriction.valid_until is not None and restriction.valid_until <= at:
        return told.LIFTED
    if not restriction.told:
        return told.SET
    due = restriction.review_on
    is_due = due is not None and due <= timezone.localdate(at)
    return told.REVIEW_DUE if is_due and restriction.told == told.SET else None


def _tell_people(restriction: Restriction, kind: str, at: datetime) -> None:
    subject = f"restriction:{restriction.id}"
    reason = worded_in_each_language(Restriction.Kind(restriction.kind).label)
    facts: dict[str, Fact] = {"reason": reason}
    if restriction.subject_kind == Restriction.SubjectKind.PERSON:
        notify_person(
            kind=kind,
            person_id=restriction.subject_id,
            at=at,
            subject=subject,
            path="/account",
            facts=facts,
        )
    for company in _companies(restriction):
        tell_who_runs(
            company=company, kind=kind, subject=subject, path="/company", facts=facts, at=at
        )


def _companies(restriction: Restriction) -> Iterable[Company]:
    """Give those whose people are told: of a mandate the company whose powers it lends."""
    kinds = Restriction.SubjectKind
    if restriction.subject_kind in {kinds.COMPANY, kinds.AGENT}:
        return Company.objects.named().filter(pk=restriction.subject_id)
    if restriction.subject_kind == kinds.MANDATE:
        mandates = Mandate.objects.filter(pk=restriction.subject_id)
        return Company.objects.named().filter(pk__in=mandates.values("principal"))
    return ()


def _tell_e_services(restriction: Restriction, news: Restriction.Told, at: datetime) -> None:
    if restriction.subject_kind != Restriction.SubjectKind.COMPANY:
        return
    for company in _companies(restriction):
        tell_who_knows(
            company=company,
            type="restriction.changed",
            data={"company": company.ubi, "state": news.value},
            at=at,
        )
