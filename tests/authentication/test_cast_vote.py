import threading
from datetime import date, timedelta
from itertools import count

import pytest
from django.db import connection

from authentication.joint_policy import JointPolicy, read_policy
from authentication.models import Approval, Capacity, Company, Officer, Person, Vote
from authentication.services.cast_vote import (
    AlreadyVoted,
    ApprovalNotOpen,
    MakerIsNotChecker,
    NoPlaceInRule,
    ShownSomethingElse,
    cast_vote,
)
from authentication.services.count_votes import count_votes
from authentication.services.find_signing_rule import find_signing_rule
from authentication.services.open_approval import open_approval
from authentication.services.take_back_vote import take_back_vote
from authentication.services.withdraw_approval import withdraw_approval
from tests.makers import NOW, make_company, make_member, make_officer, make_person

pytestmark = pytest.mark.django_db

DIGEST = "7f" * 32
CLOSES = NOW + timedelta(days=7)
TWO_DIRECTORS = read_policy({"any_of": [[{"needed": 2, "of": ["director"]}]]})
_subjects = count()


def directors(company: Company, number: int) -> list[Person]:
    persons = [make_person(f"Director {n}") for n in range(number)]
    for person in persons:
        make_officer(company, person)
    return persons


def ask(
    company: Company, policy: JointPolicy = TWO_DIRECTORS, *, maker: Person | None = None
) -> Approval:
    return open_approval(
        company=company,
        subject=f"test:{next(_subjects)}",
        digest=DIGEST,
        policy=policy,
        closes_at=CLOSES,
        at=NOW,
        maker=maker,
    )


def agree(approval: Approval, person: Person) -> str:
    cast_vote(approval=approval, person=person, choice=Vote.Choice.YES, digest=DIGEST, at=NOW)
    approval.refresh_from_db()
    return approval.state


def test_the_second_of_two_directors_completes_the_rule() -> None:
    company = make_company()
    lee, chan, _ = directors(company, 3)
    approval = ask(company)

    assert agree(approval, lee) == "waiting"
    assert agree(approval, chan) == "complete"


def test_one_director_cannot_agree_twice() -> None:
    company = make_company()
    lee, _ = directors(company, 2)
    approval = ask(company)
    agree(approval, lee)

    with pytest.raises(AlreadyVoted):
        agree(approval, lee)


def test_who_resigned_after_agreeing_no_longer_counts() -> None:
    company = make_company()
    lee, chan, ho = directors(company, 3)
    approval = ask(company)
    agree(approval, lee)
    Officer.objects.filter(person=lee).update(ceased_on=date(2026, 3, 3))

    assert agree(approval, chan) == "waiting"
    assert agree(approval, ho) == "complete"


def test_a_member_without_an_office_has_no_place_in_the_rule() -> None:
    company = make_company()
    directors(company, 2)
    clerk = make_person()
    make_member(company, clerk, "administrator")

    with pytest.raises(NoPlaceInRule):
        agree(ask(company), clerk)


def test_a_director_of_another_company_has_no_place_in_the_rule() -> None:
    company = make_company()
    (stranger,) = directors(make_company(), 1)

    with pytest.raises(NoPlaceInRule):
        agree(ask(company), stranger)


def test_maker_is_never_checker() -> None:
    company = make_company()
    lee, chan, ho = directors(company, 3)
    approval = ask(company, maker=lee)

    with pytest.raises(MakerIsNotChecker):
        agree(approval, lee)
    assert agree(approval, chan) == "waiting"
    assert agree(approval, ho) == "complete"


def test_what_was_shown_must_be_what_is_approved() -> None:
    company = make_company()
    lee, _ = directors(company, 2)

    with pytest.raises(ShownSomethingElse):
        cast_vote(
            approval=ask(company),
            person=lee,
            choice=Vote.Choice.YES,
            digest="00" * 32,
            at=NOW,
        )


def test_one_no_declines_with_its_reason() -> None:
    company = make_company()
    lee, chan = directors(company, 2)
    approval = ask(company)
    agree(approval, lee)

    cast_vote(
        approval=approval,
        person=chan,
        choice=Vote.Choice.NO,
        digest=DIGEST,
        at=NOW,
        reason="Wrong price",
    )

    approval.refresh_from_db()
    assert approval.state == "declined"
    assert approval.votes.get(person=chan).reason == "Wrong price"


def test_a_yes_is_taken_back_until_the_rule_is_complete_and_not_after() -> None:
    company = make_company()
    lee, chan = directors(company, 2)
    approval = ask(company)
    agree(approval, lee)

    take_back_vote(approval=approval, person=lee, at=NOW)

    assert agree(approval, chan) == "waiting"
    assert agree(approval, lee) == "complete"
    with pytest.raises(ApprovalNotOpen):
        take_back_vote(approval=approval, person=lee, at=NOW)


def test_an_approval_closes_at_its_moment() -> None:
    company = make_company()
    lee, chan = directors(company, 2)
    approval = ask(company)
    cast_vote(
        approval=approval,
        person=lee,
        choice=Vote.Choice.YES,
        digest=DIGEST,
        at=CLOSES - timedelta(microseconds=1),
    )

    with pytest.raises(ApprovalNotOpen):
        cast_vote(
            approval=approval, person=chan, choice=Vote.Choice.YES, digest=DIGEST, at=CLOSES
        )
    withdraw_approval(approval=approval, actor="system", at=CLOSES)
    approval.refresh_from_db()
    assert approval.state == "expired"


def test_without_a_rule_of_its_own_section_127_speaks() -> None:
    alone, several = make_company(), make_company()
    (sole,) = directors(alone, 1)
    lee, _ = directors(several, 2)
    wong = make_person()
    make_officer(several, wong, Capacity.SECRETARY)

    by_sole = ask(alone, find_signing_rule(company=alone, at=NOW))
    by_two = ask(several, find_signing_rule(company=several, at=NOW))

    assert agree(by_sole, sole) == "complete"
    assert agree(by_two, lee) == "waiting"
    assert agree(by_two, wong) == "complete"


@pytest.mark.django_db(transaction=True)
def test_two_last_votes_at_once_both_count() -> None:
    company = make_company()
    lee, chan = directors(company, 2)
    approval = ask(company)
    ready = threading.Barrier(2)

    def vote(person: Person) -> None:
        try:
            ready.wait()
            cast_vote(
                approval=approval, person=person, choice=Vote.Choice.YES, digest=DIGEST, at=NOW
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=vote, args=[person]) for person in (lee, chan)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    approval.refresh_from_db()
    progress = count_votes(approval=approval, at=NOW)
    assert (approval.state, progress.have, approval.votes.count()) == ("complete", 2, 2)


def test_many_votes_are_counted_with_as_many_queries_as_one(
    django_assert_max_num_queries: object,
) -> None:
    company = make_company()
    everybody = directors(company, 6)
    approval = ask(company, read_policy({"any_of": [[{"needed": 6, "of": ["director"]}]]}))
    agree(approval, everybody[0])

    with django_assert_max_num_queries(20) as one:  # type: ignore[operator]  # pytest-django's
        count_votes(approval=approval, at=NOW)
    for person in everybody[1:5]:
        agree(approval, person)
    with django_assert_max_num_queries(len(one)):  # type: ignore[operator]  # pytest-django's
        assert count_votes(approval=approval, at=NOW).have == 5
