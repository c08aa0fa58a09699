"""Say a signing rule as people say it: `any 2 of 3 directors`, `2 directors`."""

from collections import Counter
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from authentication.joint_policy import Group, JointPolicy
from authentication.models import Capacity, Company, Officer


def describe_rule(*, policy: JointPolicy, company: Company, at: datetime) -> str:
    """Give the alternatives in words, joined by `or`; officers are counted as they are now."""
    in_office = Counter(
        Officer.objects.in_office(on=timezone.localdate(at))
        .filter(company=company)
        .values_list("capacity", flat=True)
    )
    ways = [
        gettext(" and ").join(_group(group, in_office) for group in way)
        for way in policy.alternatives
    ]
    return gettext(", or ").join(ways)


def _group(group: Group, in_office: Counter[str]) -> str:
    of = sum(in_office[capacity] for capacity in group.capacities)
    if group.capacities == {Capacity.DIRECTOR} and group.needed > 1:
        return _directors(group.needed, of)
    labels = [
        str(Capacity(key).label) if key in Capacity.values else key
        for key in sorted(group.capacities)
    ]
    who = gettext(" or ").join(labels)
    if group.needed == 1:
        return who
    return ngettext(
        "%(needed)d person who is %(who)s", "%(needed)d persons, each %(who)s", group.needed
    ) % {"needed": group.needed, "who": who}


def _directors(needed: int, of: int) -> str:
    if of > needed:
        return gettext("any %(needed)d of %(of)d directors") % {"needed": needed, "of": of}
    return gettext("%(needed)d directors") % {"needed": needed}
