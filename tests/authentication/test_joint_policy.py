from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authentication.joint_policy import (
    Ballot,
    JointPolicyMalformed,
    progress_of,
    read_policy,
    write_policy,
)

TWO_DIRECTORS = {"any_of": [[{"needed": 2, "of": ["director"]}]]}
DIRECTOR_AND_SECRETARY = {
    "any_of": [[{"needed": 1, "of": ["director"]}, {"needed": 1, "of": ["secretary"]}]]
}


def ballot(person: str, *capacities: str) -> Ballot[str]:
    return Ballot(person, frozenset(capacities))


def test_two_directors_complete_a_rule_of_two_directors() -> None:
    policy = read_policy(TWO_DIRECTORS)

    progress = progress_of(policy, [ballot("lee", "director"), ballot("chan", "director")])

    assert progress.is_complete


def test_one_director_twice_is_one_director() -> None:
    policy = read_policy(TWO_DIRECTORS)

    progress = progress_of(policy, [ballot("lee", "director"), ballot("lee", "director")])

    assert (progress.have, progress.needed) == (1, 2)


def test_who_is_director_and_secretary_fills_one_place() -> None:
    policy = read_policy(DIRECTOR_AND_SECRETARY)

    alone = progress_of(policy, [ballot("lee", "director", "secretary")])
    with_another = progress_of(
        policy, [ballot("lee", "director", "secretary"), ballot("chan", "director")]
    )

    assert not alone.is_complete
    assert with_another.is_complete


def test_a_secretary_does_not_count_as_a_director() -> None:
    progress = progress_of(read_policy(TWO_DIRECTORS), [ballot("wong", "secretary")])

    assert (progress.have, progress.missing) == (0, 2)


def test_the_nearest_alternative_is_the_one_that_is_told() -> None:
    policy = read_policy(
        {"any_of": [*TWO_DIRECTORS["any_of"], [{"needed": 1, "of": ["liquidator"]}]]}
    )

    assert progress_of(policy, [ballot("ho", "liquidator")]).is_complete


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdef"),
            st.frozensets(st.sampled_from(["director", "secretary", "partner"]), min_size=1),
        ),
        max_size=5,
    ),
    st.lists(
        st.tuples(
            st.integers(1, 2),
            st.frozensets(st.sampled_from(["director", "secretary", "partner"]), min_size=1),
        ),
        min_size=1,
        max_size=2,
    ),
)
def test_matching_finds_the_most_places_that_distinct_persons_can_fill(
    voters: list[tuple[str, frozenset[str]]], groups: list[tuple[int, frozenset[str]]]
) -> None:
    policy = read_policy(
        {"any_of": [[{"needed": needed, "of": sorted(of)} for needed, of in groups]]}
    )
    persons: dict[str, frozenset[str]] = {}
    for name, capacities in voters:
        persons[name] = persons.get(name, frozenset()) | capacities
    places = [of for needed, of in groups for _ in range(needed)]
    padded = [*persons.values(), *[frozenset[str]()] * len(places)]
    by_trying_all = max(
        sum(bool(of & capacities) for of, capacities in zip(places, order, strict=False))
        for order in permutations(padded, len(places))
    )

    progress = progress_of(policy, [Ballot(name, capacities) for name, capacities in voters])

    assert progress.have == by_trying_all


@pytest.mark.parametrize(
    "written",
    [
        None,
        [],
        {},
        {"any_of": []},
        {"any_of": [[]]},
        {"any_of": [[{"needed": 0, "of": ["director"]}]]},
        {"any_of": [[{"needed": True, "of": ["director"]}]]},
        {"any_of": [[{"needed": 21, "of": ["director"]}]]},
        {"any_of": [[{"needed": 1, "of": []}]]},
        {"any_of": [[{"needed": 1, "of": [1]}]]},
        {"any_of": [[{"needed": 1, "of": ["director"], "if": "asked"}]]},
        {"any_of": [[{"needed": 1, "of": ["director"]}]], "unless": 1},
    ],
)
def test_a_rule_that_could_be_misread_is_refused(written: Any) -> None:
    with pytest.raises(JointPolicyMalformed):
        read_policy(written)


def test_a_rule_is_written_as_it_was_read() -> None:
    assert write_policy(read_policy(DIRECTOR_AND_SECRETARY)) == DIRECTOR_AND_SECRETARY
