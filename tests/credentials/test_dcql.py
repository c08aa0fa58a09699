import json
import os
from pathlib import Path as FilePath
from typing import Any

import pytest

from credentials.claims_path import select
from credentials.dcql import (
    Candidate,
    Lack,
    Lacking,
    Match,
    QueryMalformed,
    find_answers,
    first_unanswered,
    match,
    read_query,
)

VCT = "https://credentials.example.com/identity_credential"
CLAIMS: dict[str, Any] = {
    "vct": VCT,
    "family_name": "Doe",
    "given_name": "John",
    "postal_code": "90210",
    "address": {"street_address": "42 Market Street", "locality": "Milliways"},
    "degrees": [
        {"type": "Bachelor", "university": "Betelgeuse"},
        {"type": "Master", "university": "Betelgeuse"},
    ],
    "nationalities": ["British", "Betelgeusian"],
    "age": 42,
    "is_over_18": True,
}
HIDEABLE = frozenset(
    {
        ("family_name",),
        ("given_name",),
        ("postal_code",),
        ("address",),
        ("address", "street_address"),
        ("nationalities", 0),
        ("nationalities", 1),
        ("age",),
        ("is_over_18",),
    }
)


def candidate(**changes: Any) -> Candidate:
    return Candidate(
        **{
            "key": "one",
            "format": "dc+sd-jwt",
            "type_chain": (VCT,),
            "claims": CLAIMS,
            "hideable": HIDEABLE,
            **changes,
        }
    )


def asked(*claims: dict[str, Any], **members: Any) -> dict[str, Any]:
    credential = {"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}, **members}
    if claims:
        credential["claims"] = list(claims)
    return credential


def answer(*claims: dict[str, Any], **members: Any) -> Match | Lacking:
    query = read_query({"credentials": [asked(*claims, **members)]})
    return match(query.credentials[0], candidate())


@pytest.mark.parametrize(
    ("pointer", "paths"),
    [  # OpenID4VP 1.0, section 7.2
        (("family_name",), [("family_name",)]),
        (("address",), [("address",)]),
        (("address", "street_address"), [("address", "street_address")]),
        (("degrees", None, "type"), [("degrees", 0, "type"), ("degrees", 1, "type")]),
        (("nationalities", 1), [("nationalities", 1)]),
        (("nationalities", 2), []),
        (("nothing",), []),
        (("family_name", "inside"), []),
        (("address", None), []),
        (("address", 0), []),
        (("degrees", "type"), []),
    ],
)
def test_a_pointer_selects_what_the_standard_says(
    pointer: tuple[str | int | None, ...], paths: list[tuple[str | int, ...]]
) -> None:
    assert [path for path, _ in select(CLAIMS, pointer)] == paths


def test_without_claims_nothing_that_can_be_hidden_leaves() -> None:
    result = answer()

    assert result == Match("one", frozenset(), ())


def test_an_object_leaves_with_what_it_hides_and_nothing_else_does() -> None:
    result = answer({"path": ["address"]}, {"path": ["nationalities", 1]})

    assert isinstance(result, Match)
    assert result.reveal == {
        ("address",),
        ("address", "street_address"),
        ("nationalities", 1),
    }


def test_a_claim_inside_a_hidden_object_needs_both_disclosures() -> None:
    result = answer({"path": ["address", "street_address"]})

    assert isinstance(result, Match)
    assert result.reveal == {("address",), ("address", "street_address")}


@pytest.mark.parametrize(
    ("path", "values", "matches"),
    [
        (["family_name"], ["Doe"], True),
        (["family_name"], ["doe"], False),
        (["postal_code"], ["90210", "90211"], True),
        (["postal_code"], [90210], False),
        (["age"], [42], True),
        (["age"], ["42"], False),
        (["is_over_18"], [True], True),
        (["is_over_18"], [1], False),
        (["nationalities", None], ["British"], True),
    ],
)
def test_values_match_in_type_and_value(
    path: list[Any], values: list[Any], *, matches: bool
) -> None:
    result = answer({"path": path, "values": values})

    assert isinstance(result, Match) == matches
    if not matches:
        assert result == Lacking(Lack.VALUE, tuple(path))


def test_only_the_elements_that_match_a_value_leave() -> None:
    result = answer({"path": ["nationalities", None], "values": ["British"]})

    assert isinstance(result, Match)
    assert result.reveal == {("nationalities", 0)}


def test_the_first_set_of_claims_that_can_be_met_is_taken() -> None:
    result = answer(
        {"id": "a", "path": ["family_name"]},
        {"id": "b", "path": ["locality"]},
        {"id": "c", "path": ["postal_code"]},
        claim_sets=[["a", "b"], ["a", "c"], ["a"]],
    )

    assert isinstance(result, Match)
    assert result.shown == (("family_name",), ("postal_code",))


def test_a_set_of_claims_that_cannot_be_met_says_what_lacks() -> None:
    result = answer(
        {"id": "a", "path": ["locality"]},
        {"id": "b", "path": ["region"]},
        claim_sets=[["a"], ["b"]],
    )

    assert result == Lacking(Lack.CLAIM, ("locality",))


@pytest.mark.parametrize(
    ("changes", "members", "lack"),
    [
        ({"format": "mso_mdoc"}, {}, Lack.FORMAT),
        ({"type_chain": ("https://other.example",)}, {}, Lack.TYPE),
        ({"has_holder_key": False}, {}, Lack.HOLDER_KEY),
        ({}, {"trusted_authorities": [{"type": "aki", "values": ["abc"]}]}, Lack.AUTHORITY),
        ({}, {"trusted_authorities": [{"type": "etsi_tl", "values": ["x"]}]}, Lack.AUTHORITY),
    ],
)
def test_a_credential_that_does_not_fit_says_why(
    changes: dict[str, Any], members: dict[str, Any], lack: Lack
) -> None:
    query = read_query({"credentials": [asked(**members)]})

    assert match(query.credentials[0], candidate(**changes)) == Lacking(lack)


def test_a_type_answers_for_those_that_it_extends() -> None:
    query = read_query({"credentials": [asked()]})

    result = match(query.credentials[0], candidate(type_chain=("https://own.example", VCT)))

    assert isinstance(result, Match)


def test_a_known_authority_answers() -> None:
    query = read_query(
        {"credentials": [asked(trusted_authorities=[{"type": "aki", "values": ["abc"]}])]}
    )

    result = match(query.credentials[0], candidate(key_identifiers=frozenset({"abc"})))

    assert isinstance(result, Match)


def test_a_required_set_that_cannot_be_met_sends_nothing() -> None:
    query = read_query(
        {
            "credentials": [asked(), asked(id="b", meta={"vct_values": ["https://other"]})],
            "credential_sets": [{"options": [["b"]]}, {"options": [["a"]], "required": False}],
        }
    )

    answers = find_answers(query, [candidate()])

    assert not answers.is_possible
    assert answers.lacking["b"] == (("one", Lacking(Lack.TYPE)),)


def test_an_optional_set_that_cannot_be_met_is_left_out() -> None:
    query = read_query(
        {
            "credentials": [asked(), asked(id="b", meta={"vct_values": ["https://other"]})],
            "credential_sets": [{"options": [["a"]]}, {"options": [["b"]], "required": False}],
        }
    )

    assert find_answers(query, [candidate()]).wanted == ("a",)


def test_without_sets_every_part_must_be_answered() -> None:
    other = asked(id="b", meta={"vct_values": ["https://other"]})

    answers = find_answers(read_query({"credentials": [asked(), other]}), [candidate()])

    assert not answers.is_possible


def test_the_verifier_takes_what_answers_its_query() -> None:
    query = read_query({"credentials": [asked({"path": ["family_name"]})]})

    assert first_unanswered(query, {"a": [candidate()]}) is None


@pytest.mark.parametrize(
    ("presented", "found"),
    [
        ({}, ("a", None)),
        ({"a": []}, ("a", None)),
        ({"b": [candidate()]}, ("b", None)),
        ({"a": [candidate(), candidate()]}, ("a", None)),
        (
            {"a": [candidate(claims={"vct": VCT})]},
            ("a", Lacking(Lack.CLAIM, ("family_name",))),
        ),
        ({"a": [candidate(type_chain=("https://other",))]}, ("a", Lacking(Lack.TYPE))),
    ],
)
def test_the_verifier_refuses_what_does_not_answer_its_query(
    presented: dict[str, list[Candidate]], found: tuple[str, Lacking | None]
) -> None:
    query = read_query({"credentials": [asked({"path": ["family_name"]})]})

    assert first_unanswered(query, presented) == found


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"credentials": []},
        {"credentials": [{}]},
        {"credentials": [asked(id="with space")]},
        {"credentials": [asked(), asked()]},
        {"credentials": [asked(meta={})]},
        {"credentials": [asked(meta={"vct_values": []})]},
        {"credentials": [asked(meta=None)]},
        {"credentials": [asked(claims=[])]},
        {"credentials": [asked({"path": []})]},
        {"credentials": [asked({"path": [True]})]},
        {"credentials": [asked({"path": [-1]})]},
        {"credentials": [asked({"path": [1.5]})]},
        {"credentials": [asked({"path": ["a"], "values": []})]},
        {"credentials": [asked({"path": ["a"], "values": [1.5]})]},
        {"credentials": [asked({"path": ["a"], "id": "x"}, {"path": ["b"], "id": "x"})]},
        {"credentials": [asked({"path": ["a"]}, claim_sets=[["x"]])]},
        {"credentials": [asked({"path": ["a"], "id": "x"}, claim_sets=[["y"]])]},
        {"credentials": [asked(claim_sets=[["x"]])]},
        {"credentials": [asked(multiple="yes")]},
        {"credentials": [asked(trusted_authorities=[])]},
        {"credentials": [asked()], "credential_sets": []},
        {"credentials": [asked()], "credential_sets": [{"options": [["b"]]}]},
        {"credentials": [asked()] * 17},
    ],
)
def test_a_query_that_breaks_the_standard_is_malformed(document: object) -> None:
    with pytest.raises(QueryMalformed):
        read_query(document)


@pytest.mark.needs("vectors")
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("simple", ("my_credential",)),
        ("value_matching_simple", ("my_credential",)),
        ("claims_alternatives", ()),
        ("credentials_alternatives", ("pid",)),
        ("multi_credentials", ()),
        ("simple_mdoc", ()),
        ("complex_mdoc", ()),
    ],
)
def test_the_published_queries_read_and_find_their_answers(
    name: str, wanted: tuple[str, ...]
) -> None:
    folder = FilePath(os.environ["CORPID_VECTORS"]) / "openid4vp/query_lang"
    query = read_query(json.loads((folder / f"{name}.json").read_text()))

    assert find_answers(query, [candidate()]).wanted == wanted
