from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from authentication.models import (
    Capacity,
    Company,
    CompanyStatus,
    Mandate,
    Member,
    Officer,
    Person,
    Power,
    Restriction,
)
from authentication.powers import (
    GRANT_MANDATES,
    MANAGE_MEMBERS,
    POWERS,
    SIGN_IN,
    VIEW_COMPANY,
    UnknownPower,
)
from authentication.services.check_power import (
    Authority,
    NoAuthority,
    PersonNotActive,
    StatusForbids,
    UseRestricted,
    check_power,
)
from authentication.services.establish_catalogue import establish_catalogue
from authentication.services.find_acting import find_acting
from authentication.services.find_acting_for import NotActing, find_acting_for
from corpid.errors import NotAllowed
from corpid.problems import problem_of
from tests.makers import (
    BEFORE,
    NOW,
    make_company,
    make_mandate,
    make_member,
    make_officer,
    make_person,
)

pytestmark = pytest.mark.django_db


def may(person: Person, company: Company, power: str = SIGN_IN) -> Authority:
    return check_power(person=person, company=company, power=power, at=NOW)


def test_a_director_has_every_power_by_office() -> None:
    lee, company = make_person(), make_company()
    make_officer(company, lee)

    assert may(lee, company, MANAGE_MEMBERS).capacity == "director"


def test_a_director_of_another_company_has_none() -> None:
    lee, company, other = make_person(), make_company(), make_company()
    make_officer(other, lee)

    with pytest.raises(NoAuthority):
        may(lee, company)


def test_an_office_counts_until_the_day_it_ceases() -> None:
    lee, company = make_person(), make_company()
    today = date(2026, 3, 3)
    office = make_officer(company, lee, ceased_on=today + timedelta(days=1))
    assert may(lee, company).capacity == "director"

    office.ceased_on = today
    office.save()

    with pytest.raises(NoAuthority):
        may(lee, company)


def test_a_contested_office_carries_no_power() -> None:
    lee, company = make_person(), make_company()
    make_officer(company, lee)
    Officer.objects.update(contested_at=NOW)

    with pytest.raises(NoAuthority):
        may(lee, company)


def test_a_secretary_has_what_the_capacity_gives_and_no_more() -> None:
    wong, company = make_person(), make_company()
    make_officer(company, wong, Capacity.SECRETARY)

    assert may(wong, company, SIGN_IN).capacity == "secretary"
    with pytest.raises(NoAuthority):
        may(wong, company, MANAGE_MEMBERS)


def test_staff_of_an_officer_firm_act_in_its_capacity() -> None:
    wong, firm, client = make_person(), make_company("ABC Secretaries"), make_company()
    make_officer(client, firm, Capacity.SECRETARY)
    make_member(firm, wong)

    authority = may(wong, client)

    assert authority.capacity == "secretary"
    assert [link.ubi for link in authority.chain] == [firm.ubi, client.ubi]


def test_a_role_gives_its_powers_and_a_suspended_member_has_none() -> None:
    clerk, company = make_person(), make_company()
    member = make_member(company, clerk, "viewer")

    assert may(clerk, company, VIEW_COMPANY).roles == ("viewer",)
    with pytest.raises(NoAuthority):
        may(clerk, company, MANAGE_MEMBERS)
    member.status = Member.Status.SUSPENDED
    member.save()
    with pytest.raises(NoAuthority):
        may(clerk, company, VIEW_COMPANY)


def test_a_mandate_no_longer_counts_from_the_moment_it_ends() -> None:
    establish_catalogue(powers=POWERS)
    agent, company = make_person(), make_company()
    mandate = make_mandate(company, agent, SIGN_IN)
    assert may(agent, company).chain[-1].mandate == mandate.reference

    mandate.valid_until = NOW
    mandate.save()

    with pytest.raises(NoAuthority):
        may(agent, company)


def test_a_mandate_gives_the_powers_it_names_only() -> None:
    establish_catalogue(powers=POWERS)
    agent, company = make_person(), make_company()
    make_mandate(company, agent, SIGN_IN)

    with pytest.raises(NoAuthority):
        may(agent, company, GRANT_MANDATES)


def chain_of_two() -> tuple[Person, Company, Mandate, Mandate]:
    establish_catalogue(powers=POWERS)
    agent, principal, firm, subcontractor = (
        make_person(),
        make_company("Principal"),
        make_company("Firm"),
        make_company("Subcontractor"),
    )
    parent = make_mandate(principal, firm, SIGN_IN, may_subdelegate=True)
    child = make_mandate(principal, subcontractor, SIGN_IN, GRANT_MANDATES, parent=parent)
    member = make_member(subcontractor, agent)
    child.users.create(member=member)
    return agent, principal, parent, child


@pytest.mark.parametrize("depth", [2, 3])
def test_a_power_goes_as_far_down_a_chain_as_the_catalogue_lets_it(depth: int) -> None:
    agent, principal, _, _ = chain_of_two()
    Power.objects.filter(key=SIGN_IN).update(max_depth=depth)

    assert may(agent, principal).capacity == "agent"


def test_one_link_too_far_down_carries_nothing_though_mandates_were_granted() -> None:
    agent, principal, parent, _ = chain_of_two()
    nearer = make_person()
    assert parent.delegate_company is not None
    parent.users.create(member=make_member(parent.delegate_company, nearer))
    Power.objects.filter(key=SIGN_IN).update(max_depth=1)

    with pytest.raises(NoAuthority):
        may(agent, principal)
    assert may(nearer, principal).capacity == "agent"


def test_a_power_that_nobody_may_delegate_comes_by_no_mandate() -> None:
    agent, principal, _, _ = chain_of_two()
    Power.objects.filter(key=SIGN_IN).update(is_delegable=False)
    director = make_person()
    make_officer(principal, director)

    with pytest.raises(NoAuthority):
        may(agent, principal)
    assert may(director, principal).capacity == "director"


def test_the_catalogue_writes_how_far_a_power_goes_at_each_start() -> None:
    bounded = replace(POWERS[0], max_depth=1, is_delegable=False)

    for definition in (POWERS[0], bounded):
        establish_catalogue(powers=[definition])

    power = Power.objects.get(key=bounded.key)
    assert (power.max_depth, power.is_delegable) == (1, False)


def test_a_chain_is_told_from_the_agent_to_the_principal() -> None:
    agent, principal, parent, child = chain_of_two()

    authority = may(agent, principal)

    assert [link.mandate for link in authority.chain] == [
        None,
        child.reference,
        parent.reference,
    ]
    assert authority.chain[-1].ubi == principal.ubi


def test_a_chain_is_never_wider_than_its_first_link() -> None:
    agent, principal, _, _ = chain_of_two()

    with pytest.raises(NoAuthority):
        may(agent, principal, GRANT_MANDATES)


@pytest.mark.parametrize("link", [0, 1])
def test_ending_any_link_ends_the_chain(link: int) -> None:
    agent, principal, *mandates = chain_of_two()
    broken = mandates[link]
    broken.status, broken.ended_how = Mandate.Status.ENDED, "revoked"
    broken.save()

    with pytest.raises(NoAuthority):
        may(agent, principal)
    with pytest.raises(NotActing):
        find_acting_for(person=agent, company_id=principal.id, at=NOW)


def test_a_member_who_was_not_named_may_not_use_the_firms_mandate() -> None:
    _, principal, _, child = chain_of_two()
    colleague = make_person()
    assert child.delegate_company is not None
    make_member(child.delegate_company, colleague)

    with pytest.raises(NoAuthority):
        may(colleague, principal)


def stop(kind: str, subject_id: UUID, **changes: object) -> None:
    Restriction.objects.create(
        **{
            "subject_kind": kind,
            "subject_id": subject_id,
            "kind": "suspected_fraud",
            "valid_from": BEFORE,
        }
        | changes
    )


def links_of_chain() -> tuple[Person, Company, dict[str, tuple[str, UUID]]]:
    """A chain principal, firm, subcontractor, agent, and what of it can be restricted."""
    agent, principal, parent, child = chain_of_two()
    assert parent.delegate_company_id
    assert child.delegate_company_id
    return (
        agent,
        principal,
        {
            "the person as agent": ("agent", agent.id),
            "the subcontractor as agent": ("agent", child.delegate_company_id),
            "the subcontractor": ("company", child.delegate_company_id),
            "the firm in the middle": ("agent", parent.delegate_company_id),
            "the last mandate": ("mandate", child.id),
            "the first mandate": ("mandate", parent.id),
        },
    )


LINKS = [
    "the person as agent",
    "the subcontractor as agent",
    "the subcontractor",
    "the firm in the middle",
    "the last mandate",
    "the first mandate",
]


@pytest.mark.parametrize("link", LINKS)
def test_a_restricted_link_of_the_chain_carries_nothing(link: str) -> None:
    agent, principal, links = links_of_chain()
    may(agent, principal)

    stop(*links[link])

    with pytest.raises(UseRestricted):
        may(agent, principal)


@pytest.mark.parametrize("link", LINKS)
def test_a_restriction_that_ended_or_is_of_another_power_stops_nothing(link: str) -> None:
    agent, principal, links = links_of_chain()

    stop(*links[link], valid_until=NOW)
    stop(*links[link], powers=[MANAGE_MEMBERS])
    stop(*links[link], exceptions=[SIGN_IN])

    assert may(agent, principal).capacity == "agent"


@pytest.mark.parametrize("link", LINKS)
def test_a_restriction_not_to_be_told_answers_as_if_no_power_had_been_given(link: str) -> None:
    agent, principal, links = links_of_chain()
    with pytest.raises(NoAuthority) as stranger:
        may(make_person(), principal)

    stop(*links[link], may_be_told=False)

    with pytest.raises(NoAuthority) as refused:
        may(agent, principal)
    answers = [problem_of(each.value, trace_id="t") for each in (refused, stranger)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("subject", ["company", "person"])
def test_a_director_gets_no_hint_of_a_restriction_not_to_be_told(subject: str) -> None:
    lee, company = make_person(), make_company()
    make_officer(company, lee)

    stop(subject, company.id if subject == "company" else lee.id, may_be_told=False)

    with pytest.raises(NoAuthority):
        may(lee, company)


def test_one_that_may_be_told_is_named_beside_one_that_may_not() -> None:
    lee, company = make_person(), make_company()
    make_officer(company, lee)

    stop("company", company.id, may_be_told=False)
    stop("company", company.id)

    with pytest.raises(UseRestricted):
        may(lee, company)


def test_another_way_to_the_company_stays_open() -> None:
    agent, principal, links = links_of_chain()
    stop(*links["the subcontractor"])

    make_member(principal, agent, "administrator")

    assert may(agent, principal).capacity == "member"


def test_an_office_firm_that_is_restricted_carries_nothing() -> None:
    wong, firm, client = make_person(), make_company("ABC Secretaries"), make_company()
    make_officer(client, firm, Capacity.SECRETARY)
    make_member(firm, wong)

    stop("agent", firm.id)

    with pytest.raises(UseRestricted):
        may(wong, client)
    assert may_for_itself(wong, firm) == "no_authority"  # a member without a role, not stopped


def may_for_itself(person: Person, company: Company) -> str:
    with pytest.raises(NotAllowed) as refused:
        may(person, company)
    return refused.value.code


@pytest.mark.parametrize(
    ("status", "carries"),
    [
        (CompanyStatus.DORMANT, True),
        (CompanyStatus.REGISTRATION_EXPIRED, False),
        (CompanyStatus.WINDING_UP, False),
        (CompanyStatus.STRUCK_OFF, False),
    ],
)
@pytest.mark.parametrize("link", ["the subcontractor", "the firm in the middle"])
def test_a_firm_carries_a_chain_while_its_status_lets_it_hold_mandates(
    link: str, status: CompanyStatus, *, carries: bool
) -> None:
    agent, principal, links = links_of_chain()

    Company.objects.filter(id=links[link][1]).update(status=status)

    if carries:
        assert may(agent, principal).capacity == "agent"
    else:
        with pytest.raises(NoAuthority):
            may(agent, principal)


def test_a_power_that_no_app_brings_may_not_be_used() -> None:
    lee, company = make_person(), make_company()
    make_officer(company, lee)

    with pytest.raises(UnknownPower):
        may(lee, company, "corpid.sing")


def test_three_mandates_take_as_many_queries_as_one(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    establish_catalogue(powers=POWERS)
    agent, principal = make_person(), make_company()
    first = make_mandate(principal, agent, SIGN_IN)
    stop("mandate", first.id)
    with django_assert_num_queries(7), pytest.raises(UseRestricted):
        may(agent, principal)

    for _ in range(2):
        stop("mandate", make_mandate(principal, agent, SIGN_IN).id)

    with django_assert_num_queries(7), pytest.raises(UseRestricted):
        may(agent, principal)


def lock(person: Person, _: Company) -> None:
    Person.objects.filter(id=person.id).update(status=Person.Status.LOCKED)


def restrict(_: Person, company: Company) -> None:
    Restriction.objects.create(
        subject_kind="company",
        subject_id=company.id,
        kind="own_request",
        valid_from=NOW,
    )


def strike_off(_: Person, company: Company) -> None:
    Company.objects.filter(id=company.id).update(status=CompanyStatus.STRUCK_OFF)


@pytest.mark.parametrize(
    ("happen", "refusal"),
    [(lock, PersonNotActive), (restrict, UseRestricted), (strike_off, StatusForbids)],
)
def test_what_happened_since_is_asked_of_the_database(
    happen: Callable[[Person, Company], None], refusal: type[NotAllowed]
) -> None:
    lee, company = make_person(), make_company()
    make_officer(company, lee)
    may(lee, company)

    happen(lee, company)  # behind the back of the objects in hand

    with pytest.raises(refusal):
        may(lee, company)


def test_in_winding_up_only_the_liquidator_signs_in() -> None:
    lee, liquidator, company = make_person(), make_person(), make_company()
    make_officer(company, lee)
    make_officer(company, liquidator, Capacity.LIQUIDATOR)
    strike = Company.objects.filter(id=company.id)
    strike.update(status=CompanyStatus.WINDING_UP)

    assert may(liquidator, company).capacity == "liquidator"
    assert may(lee, company, VIEW_COMPANY).capacity == "director"
    with pytest.raises(NoAuthority):
        may(lee, company)


def test_a_company_is_listed_once_in_the_capacity_that_comes_first() -> None:
    lee, company = make_person(), make_company()
    make_officer(company, lee)
    make_member(company, lee, "administrator")

    acting = find_acting(person=lee, at=NOW)

    assert [(one.company.ubi, one.capacity) for one in acting] == [(company.ubi, "director")]
    assert acting[0].roles == ("administrator",)


def test_listing_companies_takes_as_many_queries_for_one_as_for_five(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    wong, firm = make_person(), make_company("ABC Secretaries")
    make_member(firm, wong)
    for _ in range(5):
        make_officer(make_company(), firm, Capacity.SECRETARY)

    with django_assert_num_queries(5):
        found = find_acting(person=wong, at=NOW)

    assert len(found) == 6
