"""`POST /api/v1/authority/checks`: what e-services learn about authority, and who asks."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from authentication.models import (
    Capacity,
    Company,
    CompanyStatus,
    Grant,
    Mandate,
    Member,
    Person,
    Restriction,
)
from authentication.powers import MANAGE_MEMBERS, SIGN_IN, VIEW_COMPANY
from authentication.services.end_sessions import end_sessions
from authentication.services.establish_catalogue import establish_catalogue
from authentication.services.openid.end_grants import end_grants
from corpid.audit.models import Event
from corpid.demonstration.powers import ALL_POWERS
from corpid.keys.bounded import forget_everything
from credentials.powers import PRESENT_CREDENTIAL
from signatures.powers import SIGN
from tests.authentication.authority import SignedIn, sign_in_at
from tests.authentication.e_service import Relying, make_relying
from tests.makers import make_company, make_mandate, make_member, make_officer, make_person

pytestmark = pytest.mark.django_db
CHECKS = "/api/v1/authority/checks"


@pytest.fixture
def relying() -> Relying:
    establish_catalogue(powers=ALL_POWERS)
    return make_relying()


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def director(company: Company) -> Person:
    lee = make_person("Lee Siu Ming", email="lee@harvest.example")
    make_officer(company, lee)
    return lee


@pytest.fixture
def lee(relying: Relying, director: Person, company: Company) -> SignedIn:
    return sign_in_at(relying, director, company)


def answer_to(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = {**response.json()}
    assert answer.pop("checked_at")
    return answer


def verdict_of(response: Any) -> tuple[bool, str | None]:
    answer = answer_to(response)
    return answer["allowed"], answer["reason"]


def test_a_director_may_and_is_told_in_which_capacity(lee: SignedIn, company: Company) -> None:
    assert answer_to(lee.check(PRESENT_CREDENTIAL)) == {
        "allowed": True,
        "reason": None,
        "power": PRESENT_CREDENTIAL,
        "company": company.ubi,
        "capacity": "director",
        "roles": [],
        "chain": [{"ubi": company.ubi}],
        "joint": None,
    }


def test_a_role_gives_its_powers_and_the_answer_to_another_is_no(
    relying: Relying, company: Company
) -> None:
    clerk = make_person("Ho Ka Yan", email="ho@harvest.example")
    make_member(company, clerk, "filer", powers=ALL_POWERS)
    asked = sign_in_at(relying, clerk, company)

    assert answer_to(asked.check(SIGN_IN))["roles"] == ["filer"]
    assert answer_to(asked.check(MANAGE_MEMBERS)) == {
        "allowed": False,
        "reason": "no_authority",
        "power": MANAGE_MEMBERS,
        "company": company.ubi,
        "capacity": None,
        "roles": [],
        "chain": [],
        "joint": None,
    }


def agent_of(company: Company, *powers: str) -> tuple[Person, Mandate, Mandate]:
    """A clerk of a subcontractor, which acts for a firm, which acts for the company."""
    firm, subcontractor = make_company("ABC Secretaries"), make_company("Subcontractor")
    first = make_mandate(company, firm, *powers, may_subdelegate=True)
    second = make_mandate(company, subcontractor, *powers, parent=first)
    agent = make_person("Wong Mei Ling", email="wong@abc.example")
    second.users.create(member=make_member(subcontractor, agent))
    return agent, first, second


def end(mandate: Mandate) -> None:
    Mandate.objects.filter(id=mandate.id).update(
        status=Mandate.Status.ENDED, ended_how="revoked"
    )


def test_the_chain_is_told_and_asked_anew_at_each_call(
    relying: Relying, company: Company
) -> None:
    agent, first, second = agent_of(company, SIGN_IN, PRESENT_CREDENTIAL)
    wong = sign_in_at(relying, agent, company)
    assert second.delegate_company is not None
    assert first.delegate_company is not None

    answer = answer_to(wong.check(PRESENT_CREDENTIAL))

    assert answer["capacity"] == "agent"
    assert answer["chain"] == [
        {"ubi": second.delegate_company.ubi},
        {"ubi": first.delegate_company.ubi, "mandate": second.reference},
        {"ubi": company.ubi, "mandate": first.reference},
    ]
    end(first)
    assert verdict_of(wong.check(PRESENT_CREDENTIAL)) == (False, "no_authority")


def test_with_a_mandate_named_no_other_way_counts(
    relying: Relying, director: Person, company: Company
) -> None:
    mandate = make_mandate(company, director, PRESENT_CREDENTIAL)
    another = make_mandate(company, make_person(), PRESENT_CREDENTIAL, MANAGE_MEMBERS)
    lee = sign_in_at(relying, director, company)

    named = answer_to(lee.check(PRESENT_CREDENTIAL, mandate=mandate.reference))

    assert (named["allowed"], named["capacity"]) == (True, "agent")
    for power, reference in (
        (MANAGE_MEMBERS, mandate.reference),  # the office has it, the mandate has not
        (PRESENT_CREDENTIAL, another.reference),  # somebody else's
        (PRESENT_CREDENTIAL, "man_" + "0" * 26),
    ):
        assert verdict_of(lee.check(power, mandate=reference)) == (False, "no_authority")
    end(mandate)
    assert verdict_of(lee.check(PRESENT_CREDENTIAL)) == (True, None)
    assert verdict_of(lee.check(PRESENT_CREDENTIAL, mandate=mandate.reference)) == (
        False,
        "no_authority",
    )


def test_a_mandate_in_the_middle_of_a_chain_can_be_named(
    relying: Relying, company: Company
) -> None:
    agent, first, _ = agent_of(company, SIGN_IN)

    asked = sign_in_at(relying, agent, company).check(SIGN_IN, mandate=first.reference)

    assert verdict_of(asked) == (True, None)


def test_a_sole_director_signs_alone(lee: SignedIn) -> None:
    answer = answer_to(lee.check(SIGN))

    assert (answer["allowed"], answer["joint"]) == (True, {"needed": 1, "have": 1})


def test_where_two_must_sign_one_alone_may_not(lee: SignedIn, company: Company) -> None:
    make_officer(company, make_person("Chan Tai Man"))

    answer = answer_to(lee.check(SIGN))

    assert (answer["allowed"], answer["reason"]) == (False, "others_must_agree")
    assert answer["joint"] == {"needed": 2, "have": 1}
    assert answer["capacity"] == "director"
    assert verdict_of(lee.check(PRESENT_CREDENTIAL)) == (True, None)


def test_who_is_director_and_secretary_and_staff_of_the_other_director_is_one(
    lee: SignedIn, director: Person, company: Company
) -> None:
    firm = make_company("ABC Secretaries")
    make_officer(company, firm)
    make_member(firm, director)
    make_officer(company, director, Capacity.SECRETARY)

    assert answer_to(lee.check(SIGN))["joint"] == {"needed": 2, "have": 1}


def test_the_rule_does_not_count_who_may_only_sign_by_role(
    relying: Relying, director: Person, company: Company
) -> None:
    signer = make_person("Ho Ka Yan", email="ho@harvest.example")
    make_member(company, signer, "signer", powers=ALL_POWERS)

    answer = answer_to(sign_in_at(relying, signer, company).check(SIGN))

    assert (answer["reason"], answer["joint"]) == (
        "others_must_agree",
        {"needed": 1, "have": 0},
    )


def ask_alone(lee: SignedIn, **body: Any) -> Any:
    """Ask with the e-service's own token, as it does when nobody is there."""
    relying = lee.relying
    return relying.send(relying.own_token("authority"), CHECKS, {"power": SIGN_IN, **body})


def test_the_e_service_asks_later_about_who_let_it(lee: SignedIn, company: Company) -> None:
    with_sub = answer_to(ask_alone(lee, person=lee.sub))

    assert with_sub == answer_to(ask_alone(lee, person=lee.sub, company=company.ubi))
    assert with_sub == answer_to(lee.check(SIGN_IN))


def test_signing_out_does_not_forbid_to_ask_and_taking_back_does(
    lee: SignedIn, director: Person
) -> None:
    assert director.account is not None
    end_sessions(account=director.account, at=timezone.now())
    assert verdict_of(ask_alone(lee, person=lee.sub)) == (True, None)

    Grant.objects.update(ended_at=None, ending="")
    end_grants(grants=Grant.objects.all(), ending=Grant.Ending.REVOKED, at=timezone.now())

    assert ask_alone(lee, person=lee.sub).status_code == 404


def problem(response: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {**response.json()}
    assert answer.pop("trace_id")
    return answer


def test_nobody_is_there_for_an_e_service_that_they_let_ask_nothing(
    lee: SignedIn, director: Person, company: Company
) -> None:
    sector = lee.relying.row.sector_identifier
    stranger, sister = make_relying(), make_relying(sector_identifier=sector)
    quiet = make_relying()
    without_scope = sign_in_at(quiet, director, company, scope="openid")
    make_company("Stranger Limited")

    answers = [
        ask_alone(SignedIn(stranger, "", lee.sub), person=lee.sub),
        ask_alone(SignedIn(sister, "", lee.sub), person=lee.sub),  # knows the very same sub
        ask_alone(without_scope, person=without_scope.sub),
        ask_alone(lee, person="sub_" + "0" * 26),
        ask_alone(lee, person=lee.sub, company=make_company().ubi),
        ask_alone(lee, person=lee.sub, company="99999999"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert {str(problem(answer)) for answer in answers} == {str(problem(answers[0]))}
    assert problem(answers[0])["code"] == "nobody_concerned"


def test_a_token_for_one_company_asks_about_no_other(
    relying: Relying, director: Person, company: Company
) -> None:
    other = make_company("Chan Kee Noodles")
    make_officer(other, director)
    here, there = (sign_in_at(relying, director, each) for each in (company, other))

    assert verdict_of(here.check(SIGN_IN, company=company.ubi)) == (True, None)
    for body in ({"company": other.ubi}, {"person": there.sub}, {"company": "99999999"}):
        assert here.check(SIGN_IN, **body).status_code == 404


def test_a_persons_token_asks_about_nobody_else(lee: SignedIn, company: Company) -> None:
    colleague = make_person("Chan Tai Man", email="chan@harvest.example")
    make_officer(company, colleague)
    chan = sign_in_at(lee.relying, colleague, company)

    assert lee.check(SIGN_IN, person=lee.sub).status_code == 200
    assert lee.check(SIGN_IN, person=chan.sub).status_code == 404


def test_what_must_not_be_told_reads_as_if_no_power_had_been_given(
    lee: SignedIn, relying: Relying, company: Company
) -> None:
    clerk = make_person("Ho Ka Yan", email="ho@harvest.example")
    make_member(company, clerk, "viewer", powers=ALL_POWERS)
    Member.objects.filter(person=clerk).update(status=Member.Status.ACTIVE)
    make_mandate(company, clerk, SIGN_IN)
    powerless = sign_in_at(relying, clerk, company)
    no = answer_to(powerless.check(MANAGE_MEMBERS))

    Restriction.objects.create(
        subject_kind="company",
        subject_id=company.id,
        kind="suspected_fraud",
        valid_from=timezone.now(),
        may_be_told=False,
    )

    assert answer_to(lee.check(MANAGE_MEMBERS)) == no
    event = Event.objects.filter(kind="authentication.authority.checked").latest("recorded_at")
    assert event.facts["reason"] == "no_authority"


@pytest.mark.parametrize(
    ("status", "answers"),
    [
        (CompanyStatus.LIVE, (True, None)),
        (CompanyStatus.STRUCK_OFF, (False, "company_status_forbids")),
        (CompanyStatus.WINDING_UP, (False, "no_authority")),
    ],
)
def test_the_status_decides_at_each_call(
    lee: SignedIn, company: Company, status: str, answers: tuple[bool, str | None]
) -> None:
    Company.objects.filter(id=company.id).update(status=status)

    assert verdict_of(lee.check(PRESENT_CREDENTIAL)) == answers
    assert verdict_of(lee.check(VIEW_COMPANY)) == (True, None)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"power": SIGN_IN}, 422, "person_not_named"),
        ({"power": SIGN_IN, "person": "SUB", "company": "7123"}, 404, "nobody_concerned"),
        (
            {"power": SIGN_IN, "person": "SUB", "company": "no"},
            422,
            "business_identifier_malformed",
        ),
        ({"power": "corpid.sing", "person": "SUB"}, 422, "power_unknown"),
        ({"power": "", "person": "SUB"}, 422, "input_invalid"),
        ({"person": "SUB"}, 422, "input_invalid"),
        ({"power": SIGN_IN, "person": "SUB", "at": "2020-01-01"}, 422, "input_invalid"),
    ],
)
def test_a_question_with_a_fault_is_told_which(
    lee: SignedIn, body: dict[str, Any], status: int, code: str
) -> None:
    body = {name: lee.sub if value == "SUB" else value for name, value in body.items()}
    relying = lee.relying

    response = relying.send(relying.own_token("authority"), CHECKS, body)

    assert (response.status_code, response.json()["code"]) == (status, code)


def test_asking_needs_the_scope_and_a_token(
    relying: Relying, director: Person, company: Company
) -> None:
    without = sign_in_at(relying, director, company, scope="openid companies")

    assert without.check(SIGN_IN).json()["code"] == "scope_missing"
    assert relying.own_token("sign")
    own = relying.send(relying.own_token("sign"), CHECKS, {"power": SIGN_IN})
    assert own.json()["code"] == "scope_missing"
    assert Client().post(CHECKS, {}, content_type="application/json").status_code == 401


def test_an_e_service_restricted_in_a_power_is_told_nothing_of_it(lee: SignedIn) -> None:
    Restriction.objects.create(
        subject_kind="e_service",
        subject_id=lee.relying.row.id,
        kind="suspected_fraud",
        valid_from=timezone.now(),
        powers=[PRESENT_CREDENTIAL],
    )
    forget_everything()

    assert lee.check(PRESENT_CREDENTIAL).json()["code"] == "e_service_not_active"
    assert verdict_of(lee.check(SIGN_IN)) == (True, None)


def test_the_company_sees_who_asked_about_whom(
    lee: SignedIn, director: Person, company: Company
) -> None:
    lee.check(MANAGE_MEMBERS)

    event = Event.objects.get(kind="authentication.authority.checked")
    assert event.company_id == company.id
    assert event.actor == f"e-service:{lee.relying.client_id}"
    assert event.subject == f"person:{director.id}"
    assert event.facts == {"power": MANAGE_MEMBERS, "allowed": True, "reason": None}


def test_the_guide_lists_the_powers_that_can_be_asked_about() -> None:
    guide = Path(__file__).parents[2] / "docs" / "integrators" / "authority.md"
    rows = [line for line in guide.read_text().splitlines() if line.startswith("| `corpid.")]

    assert {row.split("`")[1] for row in rows} == {power.key for power in ALL_POWERS}
