"""No mandate is wider than its parent: asked of every link, at every use."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from authentication.models import Company, Mandate, Person
from authentication.powers import POWERS, SIGN_IN, VIEW_COMPANY
from authentication.services.check_power import NoAuthority, check_power
from authentication.services.establish_catalogue import establish_catalogue
from authentication.services.find_acting import find_acting
from tests.makers import NOW, make_company, make_mandate, make_person

HOUR = timedelta(hours=1)
FLAWS: dict[str, dict[str, Any]] = {
    "paused": {"status": "paused"},
    "ended": {"status": "ended", "ended_how": "revoked"},
    "not begun": {"valid_from": NOW + HOUR},
    "over": {"valid_until": NOW},
    "of another principal": {},
    "without the power": {},
    "not to be passed on": {"may_subdelegate": False},
}
HARMLESS_AT_THE_END = {"not to be passed on"}  # nothing stands below the last link


def chain(length: int) -> tuple[Person, Company, list[Mandate]]:
    """From the principal down to one agent."""
    establish_catalogue(powers=POWERS)
    agent, principal = make_person(), make_company()
    links: list[Mandate] = []
    for depth in range(1, length + 1):
        delegate = agent if depth == length else make_company(f"Firm {depth}")
        parent = links[-1] if links else None
        links.append(
            make_mandate(principal, delegate, SIGN_IN, parent=parent, may_subdelegate=True)
        )
    return agent, principal, links


def spoil(link: Mandate, flaw: str) -> None:
    if flaw == "of another principal":
        Mandate.objects.filter(id=link.id).update(principal=make_company("Another"))
    elif flaw == "without the power":
        link.powers.clear()
    else:
        Mandate.objects.filter(id=link.id).update(**FLAWS[flaw])


@pytest.mark.django_db
@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(sorted(FLAWS))), max_size=2),
)
def test_a_chain_carries_a_power_if_and_only_if_each_link_does(
    length: int, flaws: list[tuple[int, str]]
) -> None:
    with transaction.atomic():
        agent, principal, links = chain(length)
        found = [(place, flaw) for place, flaw in flaws if place < length]
        for place, flaw in found:
            spoil(links[place], flaw)
        breaks = [
            flaw
            for place, flaw in found
            if not (place == length - 1 and flaw in HARMLESS_AT_THE_END)
        ]

        if breaks:
            with pytest.raises(NoAuthority):
                check_power(person=agent, company=principal, power=SIGN_IN, at=NOW)
        else:
            authority = check_power(person=agent, company=principal, power=SIGN_IN, at=NOW)
            assert set(authority.mandates) == {link.id for link in links}
            with pytest.raises(NoAuthority):
                check_power(person=agent, company=principal, power=VIEW_COMPANY, at=NOW)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_mandate_of_one_principal_lends_nothing_of_anothers() -> None:
    agent, principal, links = chain(2)
    victim = make_company("Victim")
    Mandate.objects.filter(id=links[1].id).update(principal=victim)

    for company in (principal, victim):
        with pytest.raises(NoAuthority):
            check_power(person=agent, company=company, power=SIGN_IN, at=NOW)
    assert find_acting(person=agent, at=NOW) == []


@pytest.mark.django_db
def test_a_depth_that_lies_takes_no_power_further_down() -> None:
    agent, principal, links = chain(3)
    Mandate.objects.filter(id=links[2].id).update(depth=2)

    with pytest.raises(NoAuthority):
        check_power(person=agent, company=principal, power=SIGN_IN, at=NOW)


@pytest.mark.django_db
def test_mandates_in_a_circle_carry_nothing_and_end() -> None:
    agent, principal, links = chain(3)
    Mandate.objects.filter(id=links[1].id).update(parent=links[2])

    with pytest.raises(NoAuthority):
        check_power(person=agent, company=principal, power=SIGN_IN, at=NOW)
    assert find_acting(person=agent, at=NOW) == []
