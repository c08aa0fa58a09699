"""Joint policies: how many people, and which, must agree.

A policy is written as JSON: alternatives, each a list of groups, each a number of persons out
of capacities. Cap. 622 s.127(3) for a company with two directors or more reads

    {"any_of": [[{"needed": 2, "of": ["director"]}],
                [{"needed": 1, "of": ["director"]}, {"needed": 1, "of": ["secretary"]}]]}

Persons are distinct: somebody who is director and secretary fills one place, not two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from corpid.errors import Invalid, gettext_noop

MAX_PLACES = 20
JOINT_WINDOW = timedelta(days=7)  # how long several people have to agree, if nobody says

Person = TypeVar("Person")


class JointPolicyMalformed(Invalid):
    code = "joint_policy_malformed"
    title = gettext_noop("This rule can't be read.")
    remedy = gettext_noop("Name alternatives of groups, each with a number and its capacities.")


@dataclass(frozen=True, slots=True)
class Group:
    needed: int
    capacities: frozenset[str]


@dataclass(frozen=True, slots=True)
class JointPolicy:
    alternatives: tuple[tuple[Group, ...], ...]

    @property
    def capacities(self) -> frozenset[str]:
        """Every capacity that has a place in some alternative."""
        groups = (group for alternative in self.alternatives for group in alternative)
        return frozenset().union(*(group.capacities for group in groups))


@dataclass(frozen=True, slots=True)
class Ballot(Generic[Person]):
    """One person who agrees (or could), with every capacity in which they may."""

    person: Person
    capacities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """Of the alternative that is nearest to being complete."""

    needed: int
    have: int

    @property
    def is_complete(self) -> bool:
        return self.have >= self.needed

    @property
    def missing(self) -> int:
        return self.needed - self.have


def read_policy(written: Any) -> JointPolicy:
    """Read a policy from its JSON. Raises JointPolicyMalformed."""
    match written:
        case {"any_of": [_, *_] as alternatives, **rest} if not rest:
            return JointPolicy(tuple(_read_alternative(groups) for groups in alternatives))
    raise JointPolicyMalformed


def _read_alternative(written: Any) -> tuple[Group, ...]:
    if not isinstance(written, list) or not written:
        raise JointPolicyMalformed
    groups = tuple(_read_group(group) for group in written)
    if sum(group.needed for group in groups) > MAX_PLACES:
        raise JointPolicyMalformed
    return groups


def _read_group(written: Any) -> Group:
    match written:
        case {"needed": int(needed), "of": [_, *_] as capacities, **rest} if (
            not rest
            and not isinstance(needed, bool)
            and needed >= 1
            and all(isinstance(capacity, str) for capacity in capacities)
        ):
            return Group(needed, frozenset(capacities))
    raise JointPolicyMalformed


def write_policy(policy: JointPolicy) -> dict[str, Any]:
    return {
        "any_of": [
            [{"needed": group.needed, "of": sorted(group.capacities)} for group in groups]
            for groups in policy.alternatives
        ]
    }


def progress_of(policy: JointPolicy, ballots: Iterable[Ballot[Person]]) -> Progress:
    """Count how far the ballots fill the policy, each person once."""
    distinct = _merge(ballots)
    counted = (_fill(groups, distinct) for groups in policy.alternatives)
    return min(counted, key=lambda progress: (progress.missing, progress.needed))


def _merge(ballots: Iterable[Ballot[Person]]) -> Mapping[Person, frozenset[str]]:
    merged: dict[Person, frozenset[str]] = {}
    for ballot in ballots:
        merged[ballot.person] = merged.get(ballot.person, frozenset()) | ballot.capacities
    return merged


def _fill(groups: Sequence[Group], persons: Mapping[Person, frozenset[str]]) -> Progress:
    """Match persons to places (Kuhn's algorithm): nobody is spent where others would do."""
    places = [group.capacities for group in groups for _ in range(group.needed)]
    taken_by: dict[int, Person] = {}

    def seat(person: Person, tried: set[int]) -> bool:
        for index, capacities in enumerate(places):
            if index in tried or not capacities & persons[person]:
                continue
            tried.add(index)
            if index not in taken_by or seat(taken_by[index], tried):
                taken_by[index] = person
                return True
        return False

    have = sum(seat(person, set()) for person in persons)
    return Progress(needed=len(places), have=have)
