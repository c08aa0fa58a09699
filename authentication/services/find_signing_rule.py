"""The company's signing rule in force: its own, or what the law says without one."""

from datetime import datetime

from django.utils import timezone

from authentication.joint_policy import Group, JointPolicy, read_policy
from authentication.models import (
    Capacity,
    Company,
    CompanyKind,
    CompanyStatus,
    Officer,
    SigningRule,
)

_ONE_OF = {
    CompanyKind.SOLE_PROPRIETORSHIP: {Capacity.PROPRIETOR},
    CompanyKind.PARTNERSHIP: {Capacity.PARTNER},  # each partner binds the firm (Cap. 38 s.7)
    CompanyKind.LIMITED_PARTNERSHIP: {Capacity.GENERAL_PARTNER},
    CompanyKind.LIMITED_PARTNERSHIP_FUND: {Capacity.GENERAL_PARTNER},
    CompanyKind.NON_HONG_KONG: {Capacity.DIRECTOR, Capacity.LOCAL_AGENT},
}


def find_signing_rule(*, company: Company, at: datetime) -> JointPolicy:
    own = (
        SigningRule.objects.filter(
            company=company, status=SigningRule.Status.AGREED, in_force_from__lte=at
        )
        .order_by("-in_force_from")
        .first()
    )
    if company.status in {CompanyStatus.WINDING_UP, CompanyStatus.PROVISIONAL_LIQUIDATOR}:
        return _any_one(Capacity.LIQUIDATOR, Capacity.PROVISIONAL_LIQUIDATOR)
    if own is not None:
        return read_policy(own.rule)
    if kinds := _ONE_OF.get(CompanyKind(company.kind)):
        return _any_one(*kinds)
    return _by_section_127(company, at)


def _any_one(*capacities: str) -> JointPolicy:
    return JointPolicy(((Group(1, frozenset(capacities)),),))


def _by_section_127(company: Company, at: datetime) -> JointPolicy:
    """Cap. 622 s.127(3): the sole director; two directors; or a director and the secretary."""
    director = frozenset({str(Capacity.DIRECTOR)})
    directors = Officer.objects.in_office(on=timezone.localdate(at)).filter(
        company=company, capacity=Capacity.DIRECTOR
    )
    if directors.count() == 1:
        return JointPolicy(((Group(1, director),),))
    secretary = frozenset({str(Capacity.SECRETARY)})
    return JointPolicy(((Group(2, director),), (Group(1, director), Group(1, secretary))))
