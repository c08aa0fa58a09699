"""Say a signing rule as a sentence: `any 2 of: director`."""

from django.utils.translation import gettext, ngettext

from authentication.joint_policy import Group, JointPolicy
from authentication.models import Capacity


def describe_rule(*, policy: JointPolicy) -> str:
    """Give `two directors` alternatives, each in words, joined by `or`."""
    ways = [gettext(" and ").join(map(_group, way)) for way in policy.alternatives]
    return gettext(", or ").join(ways)


def _group(group: Group) -> str:
    labels = [
        str(Capacity(key).label) if key in Capacity.values else key
        for key in sorted(group.capacities)
    ]
    return ngettext(
        "%(needed)d person who is %(who)s",
        "%(needed)d persons, each %(who)s",
        group.needed,
    ) % {"needed": group.needed, "who": gettext(" or ").join(labels)}
