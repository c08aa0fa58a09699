"""What becomes of companies, restrictions and mandates is told, whichever door changed them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from structlog.testing import capture_logs

from authentication.models import (
    BrowserSession,
    BusinessRegistration,
    Company,
    CompanyName,
    EService,
    EServiceSession,
    Grant,
    Mandate,
    MandateUser,
    Officer,
    PairwiseSubject,
    Person,
    Restriction,
    SignInConsent,
    Succession,
)
from authentication.services.end_mandates import end_mandates
from authentication.services.find_agents import find_agents
from authentication.services.tell_of_companies import tell_of_companies
from authentication.services.tell_of_officers import tell_of_officers
from authentication.services.tell_of_restrictions import tell_of_restrictions
from authentication.services.tell_of_successions import tell_of_successions
from authentication.services.warn_of_registrations import warn_of_registrations
from authentication.tasks import tell
from corpid.audit.models import Event
from corpid.notices.models import Notice, ServiceEvent
from corpid.notices.services.tell_each import tell_each
from corpid.notices.services.word_notice import word_notice
from tests.makers import (
    AFTER,
    FIRST_DAY,
    NOW,
    make_company,
    make_e_service,
    make_mandate,
    make_member,
    make_officer,
    make_person,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def company() -> Company:
    company = make_company("Golden Harvest Limited")
    tell_of_companies(at=NOW)
    return company


@pytest.fixture
def director(company: Company) -> Person:
    director = make_person("Chan Ka Yan", email="chan@example.com")
    make_officer(company, director)
    return director


@pytest.fixture
def administrator(company: Company) -> Person:
    person = make_person("Ho Administrator", email="ho@example.com")
    make_member(company, person, "administrator")
    return person


@pytest.fixture
def agent(company: Company, director: Person) -> Person:
    person = make_person("Wong Agent", email="wong@example.com")
    make_mandate(company, person)
    return person


@pytest.fixture
def bank(company: Company, director: Person) -> EService:
    """One at which the director remembered to sign in; it needs no live session."""
    bank = make_e_service(scopes=("events",))
    SignInConsent.objects.create(
        person=director, company=company, e_service=bank, claims_digest="0" * 64, given_at=NOW
    )
    return bank


def told(kind: str) -> set[Any]:
    return set(Notice.objects.filter(kind=kind).values_list("person_id", flat=True))


def events() -> list[tuple[str, dict[str, Any]]]:
    found = ServiceEvent.objects.order_by("occurred_at", "id")
    return list(found.values_list("type", "data"))


def rename(company: Company, en: str) -> None:
    CompanyName.objects.filter(company=company, valid_until=None).update(valid_until=NOW.date())
    company.current_name = CompanyName.objects.create(
        company=company, en=en, tc="新名有限公司", valid_from=NOW.date(), source="register"
    )
    company.save(update_fields=["current_name"])


# -- Companies ---------------------------------------------------------------------------------


def test_another_name_is_told_to_directors_administrators_and_agents(
    company: Company, director: Person, administrator: Person, agent: Person, bank: EService
) -> None:
    stranger = make_person("Lee Stranger", email="lee@example.com")
    make_officer(make_company("Other Limited"), stranger)
    rename(company, "New Name Limited")

    assert tell_of_companies(at=NOW) == 1

    assert told("company.renamed") == {director.id, administrator.id, agent.id}
    assert events() == [("company.renamed", {"company": company.ubi})]
    with translation.override("zh-hant"):
        words = word_notice(notice=Notice.objects.filter(person_id=director.id).get())
    assert words.title == "金穗貿易有限公司現稱新名有限公司"


@pytest.mark.parametrize("status", ["struck_off", "winding_up", "restored", "receiver"])
def test_another_status_is_told(
    company: Company, director: Person, bank: EService, status: str
) -> None:
    Company.objects.update(status=status)

    tell_of_companies(at=NOW)

    assert told("company.status_changed") == {director.id}
    assert events() == [("company.status", {"company": company.ubi, "status": status})]


def test_it_is_told_once_and_again_when_it_changes_again(
    company: Company, director: Person
) -> None:
    for at, status in ((NOW, "struck_off"), (NOW + DAY, "restored")):
        Company.objects.update(status=status)
        tell_of_companies(at=at)
        tell_of_companies(at=at + timedelta(minutes=1))

    assert Notice.objects.filter(kind="company.status_changed").count() == 2


def agents_below(company: Company) -> tuple[Person, Mandate, Mandate]:
    """A firm passes its mandate on to a subcontractor, which lets a member use it."""
    firm, subcontractor = make_company("ABC Secretaries"), make_company("XYZ Services")
    agent = make_person("Ng Below", email="ng@example.com")
    first = make_mandate(company, firm, may_subdelegate=True)
    last = make_mandate(company, subcontractor, parent=first)
    MandateUser.objects.create(mandate=last, member=make_member(subcontractor, agent))
    return agent, first, last


def test_an_agent_at_the_end_of_a_chain_is_told(company: Company) -> None:
    agent, _, _ = agents_below(company)

    assert find_agents(company=company, at=NOW) == [agent]


@pytest.mark.parametrize("change", [{"status": "paused"}, {"valid_until": NOW}])
def test_who_acted_through_a_mandate_that_is_over_is_told_no_longer(
    company: Company, change: dict[str, Any]
) -> None:
    _, first, _ = agents_below(company)
    Mandate.objects.filter(pk=first.pk).update(**change)

    assert find_agents(company=company, at=NOW) == []


@pytest.mark.parametrize("link", [0, 1])
@pytest.mark.parametrize(
    ("status", "carries"), [("dormant", True), ("registration_expired", False)]
)
def test_a_firm_whose_status_lets_it_hold_no_mandates_brings_nobody(
    company: Company, link: int, status: str, *, carries: bool
) -> None:
    agent, *mandates = agents_below(company)
    Company.objects.filter(mandates_received=mandates[link]).update(status=status)

    assert find_agents(company=company, at=NOW) == ([agent] if carries else [])


def test_agents_below_of_three_chains_cost_as_many_queries_as_one(company: Company) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            find_agents(company=company, at=NOW)
        return len(captured)

    _, first, last = agents_below(company)
    of_one = queries()
    for number in range(2):
        person = make_person(email=f"below{number}@example.com")
        make_mandate(company, person, parent=last)
        make_mandate(company, person, parent=first)

    assert queries() == of_one


def test_of_a_new_company_nothing_is_told() -> None:
    director = make_person("Chan Ka Yan", email="chan@example.com")
    make_officer(make_company(), director)

    assert tell_of_companies(at=NOW) == 0
    assert not Notice.objects.exists()


def test_an_e_service_that_does_not_know_the_company_hears_nothing(
    company: Company, director: Person
) -> None:
    make_e_service("other-bank", scopes=("events",))
    Company.objects.update(status="struck_off")

    tell_of_companies(at=NOW)

    assert events() == []


def test_a_director_who_has_left_or_has_not_joined_is_told_nothing(company: Company) -> None:
    former = make_person("Former", email="former@example.com")
    make_officer(company, former, ceased_on=date(2021, 1, 1))
    make_officer(company, make_person("Not Joined"))
    Company.objects.update(status="struck_off")

    tell_of_companies(at=NOW)

    assert not Notice.objects.exists()


def test_the_look_is_two_queries_where_nothing_changed(company: Company) -> None:
    with CaptureQueriesContext(connection) as captured:
        tell_of_companies(at=NOW)

    assert len(captured) == 2


def test_the_look_for_new_and_changed_ones_reads_the_index_of_untold_ones(
    company: Company,
) -> None:
    make_company()
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as captured:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        tell_of_companies(at=NOW)

        looks = [each["sql"] for each in captured if "LIMIT" in each["sql"]]
        plans = []
        for sql in looks:
            cursor.execute(f"EXPLAIN {sql}")
            plans.append("companies_untold" in str(cursor.fetchall()))

    assert plans == [True, True]


def test_a_succession_is_told_to_both_sides_once_it_takes_effect(
    company: Company, director: Person, bank: EService
) -> None:
    successor = make_company("Successor Limited")
    other = make_person("Ng Successor", email="ng@example.com")
    make_officer(successor, other)
    Succession.objects.create(
        predecessor=company,
        successor=successor,
        kind=Succession.Kind.AMALGAMATION,
        effective_on=date(2026, 3, 4),
    )

    assert tell_of_successions(at=NOW) == 0
    assert tell_of_successions(at=NOW + DAY) == 1
    assert tell_of_successions(at=NOW + 2 * DAY) == 0

    assert told("company.succeeded") == {director.id, other.id}
    assert events() == [
        (
            "company.succeeded",
            {
                "company": company.ubi,
                "successor": successor.ubi,
                "kind": "amalgamation",
                "effective_on": "2026-03-04",
            },
        )
    ]


def spoil(company: Company) -> None:
    """Leave a status that no release of ours knows: of such a row nothing can be told."""
    Company.objects.filter(pk=company.pk).update(status="unheard_of")


def test_a_row_that_cannot_be_told_of_is_logged_and_holds_up_no_other(
    company: Company, director: Person
) -> None:
    spoilt = make_company("Spoilt Limited")
    tell_of_companies(at=NOW)
    spoil(spoilt)
    Company.objects.filter(pk=company.pk).update(status="struck_off")
    restrict(company)

    with capture_logs() as lines:
        tell()

    assert told("company.status_changed") == {director.id}
    assert told("restriction.set") == {director.id}
    assert told("officer.named") == {director.id}
    assert [(line["row"], line["log_level"]) for line in lines] == [(str(spoilt.id), "error")]


def test_the_database_being_away_is_not_the_fault_of_a_row() -> None:
    def away(pk: UUID) -> bool:
        raise OperationalError

    with pytest.raises(OperationalError):
        tell_each(pks=[make_company().id], tell=away)


# -- Officers ----------------------------------------------------------------------------------


def test_whoever_the_register_names_hears_of_it_at_once_and_once(
    company: Company, director: Person, bank: EService
) -> None:
    assert [tell_of_officers(at=NOW) for _ in range(2)] == [1, 0]

    notice = Notice.objects.get(kind="officer.named")
    assert notice.person_id == director.id
    assert word_notice(notice=notice).title == (
        "The register names you: director of Golden Harvest Limited"
    )
    assert notice.entry.is_security
    assert events() == [("company.officers", {"company": company.ubi})]


def test_an_appointment_of_later_is_told_when_it_begins(
    company: Company, director: Person
) -> None:
    Officer.objects.update(appointed_on=(NOW + DAY).date())

    assert [tell_of_officers(at=NOW + day * DAY) for day in (0, 1)] == [0, 1]


def test_whoever_is_taken_off_the_register_hears_of_it_on_that_day(
    company: Company, director: Person
) -> None:
    tell_of_officers(at=NOW)
    Officer.objects.update(ceased_on=(NOW + 2 * DAY).date())

    assert [tell_of_officers(at=NOW + day * DAY) for day in (1, 2, 3)] == [0, 1, 0]
    assert told("officer.removed") == {director.id}


def test_a_contested_office_is_told_and_told_again_when_it_is_settled(
    company: Company, director: Person
) -> None:
    tell_of_officers(at=NOW)
    Officer.objects.update(contested_at=NOW)
    assert [tell_of_officers(at=NOW + DAY) for _ in range(2)] == [1, 0]
    Officer.objects.update(contested_at=None)
    assert [tell_of_officers(at=NOW + 2 * DAY) for _ in range(2)] == [1, 0]

    assert told("officer.contested") == {director.id}
    assert Notice.objects.filter(kind="officer.named").count() == 2


def test_an_office_that_was_over_before_anybody_looked_is_told_to_nobody(
    company: Company, bank: EService
) -> None:
    former = make_person("Former", email="former@example.com")
    make_officer(company, former, ceased_on=date(2021, 1, 1))
    Officer.objects.exclude(person=former).update(told="named")

    assert tell_of_officers(at=NOW) == 0
    assert (Notice.objects.count(), events()) == (0, [])


def test_of_a_firm_those_hear_who_run_it(company: Company) -> None:
    firm = make_company("Secretaries Limited")
    partner = make_person("Ng Partner", email="ng@example.com")
    make_officer(firm, partner)
    Officer.objects.update(told="named")
    make_officer(company, firm, "secretary")

    tell_of_officers(at=NOW)

    assert told("officer.named") == {partner.id}


def test_somebody_who_has_not_joined_is_told_nothing(company: Company) -> None:
    make_officer(company, make_person("Not Joined"))

    assert tell_of_officers(at=NOW) == 1
    assert not Notice.objects.exists()


# -- Business registrations --------------------------------------------------------------------


def register(company: Company, until: date, number: str = "1") -> BusinessRegistration:
    return BusinessRegistration.objects.create(
        company=company,
        certificate_number=number,
        valid_from=FIRST_DAY,
        valid_until=until,
        source="register",
    )


def test_an_end_is_warned_of_60_30_7_and_0_days_before(
    company: Company, director: Person, agent: Person
) -> None:
    register(company, date(2026, 6, 1))
    days = [NOW + day * DAY for day in range(100)]

    warned = [
        (date(2026, 6, 1) - at.date()).days for at in days if warn_of_registrations(at=at)
    ]

    assert warned == [60, 30, 7, 0]
    assert told("company.registration_expiring") == {director.id, agent.id}
    assert Notice.objects.filter(person_id=director.id).count() == 4


def test_one_that_is_found_late_is_warned_of_once(company: Company, director: Person) -> None:
    register(company, date(2026, 3, 8))

    assert [warn_of_registrations(at=NOW) for _ in range(3)] == [1, 0, 0]
    notice = Notice.objects.get()
    assert word_notice(notice=notice).title == (
        "Business registration of Golden Harvest Limited: until 8 March 2026"
    )


def test_one_that_is_renewed_or_long_over_is_not_warned_of(
    company: Company, director: Person
) -> None:
    register(company, date(2026, 3, 8), "1")
    register(company, date(2027, 3, 8), "2")
    register(make_company("Long Over Limited"), date(2025, 1, 1), "3")

    assert warn_of_registrations(at=NOW) == 0


def test_one_whose_end_is_moved_as_we_look_is_not_warned_of(
    company: Company, director: Person
) -> None:
    register(company, date(2026, 3, 8))
    moved: list[int] = []

    def then_move(execute: Any, *query: Any) -> Any:
        found = execute(*query)
        if not moved:
            moved.append(1)
            BusinessRegistration.objects.update(valid_until=date(2027, 3, 8))
        return found

    with capture_logs() as lines, connection.execute_wrapper(then_move):
        assert warn_of_registrations(at=NOW) == 0

    assert (moved, lines) == ([1], [])


def test_a_dissolved_company_has_nothing_to_renew(company: Company, director: Person) -> None:
    register(company, date(2026, 3, 8))
    Company.objects.update(status="struck_off")

    assert warn_of_registrations(at=NOW) == 0


# -- Restrictions ------------------------------------------------------------------------------


def restrict(subject: Any, kind: str = "company", **changes: Any) -> Restriction:
    given: dict[str, Any] = {
        "subject_kind": kind,
        "subject_id": subject.id,
        "kind": Restriction.Kind.REGISTER,
        "valid_from": NOW,
    }
    return Restriction.objects.create(**(given | changes))


def test_a_restriction_is_told_when_it_begins_is_due_and_ends(
    company: Company, director: Person, agent: Person, bank: EService
) -> None:
    restrict(company, valid_until=NOW + 9 * DAY, review_on=(NOW + 5 * DAY).date())

    for day in range(-1, 12):
        tell_of_restrictions(at=NOW + day * DAY)

    for kind in ("restriction.set", "restriction.review_due", "restriction.lifted"):
        assert told(kind) == {director.id, agent.id}, kind
    assert Notice.objects.count() == 6
    assert [data["state"] for _, data in events()] == ["set", "lifted"]
    assert {type_ for type_, _ in events()} == {"restriction.changed"}


def test_one_that_must_not_be_told_is_told_to_nobody_its_end_included(
    company: Company, director: Person, bank: EService
) -> None:
    restrict(company, may_be_told=False, valid_until=NOW + DAY, review_on=NOW.date())

    for day in range(3):
        assert tell_of_restrictions(at=NOW + day * DAY) == 0
    assert (Notice.objects.count(), events()) == (0, [])


def test_one_that_may_be_told_later_is_told_then(company: Company, director: Person) -> None:
    restrict(company, may_be_told=False)
    tell_of_restrictions(at=NOW)
    Restriction.objects.update(may_be_told=True)

    assert tell_of_restrictions(at=NOW + DAY) == 1


def test_one_that_was_over_before_anybody_looked_is_not_told(
    company: Company, director: Person
) -> None:
    restrict(company, valid_until=NOW + timedelta(seconds=1))

    assert [tell_of_restrictions(at=NOW + DAY) for _ in range(2)] == [0, 0]
    assert not Notice.objects.exists()


def test_one_of_a_person_is_told_to_them_alone(
    company: Company, director: Person, administrator: Person, bank: EService
) -> None:
    restrict(director, "person")

    tell_of_restrictions(at=NOW)

    assert told("restriction.set") == {director.id}
    assert events() == []


def test_one_of_a_mandate_is_told_to_the_company_that_gave_it(
    company: Company, director: Person, agent: Person
) -> None:
    restrict(Mandate.objects.get(), "mandate")

    tell_of_restrictions(at=NOW)

    assert told("restriction.set") == {director.id, agent.id}


# -- Mandates ----------------------------------------------------------------------------------


def test_a_mandate_ends_with_its_time_and_both_sides_are_told(
    company: Company, director: Person, agent: Person
) -> None:
    assert end_mandates(at=AFTER - timedelta(seconds=1)) == 0

    assert [end_mandates(at=AFTER) for _ in range(2)] == [1, 0]

    mandate = Mandate.objects.get()
    assert (mandate.status, mandate.ended_how, mandate.version) == ("ended", "expired", 2)
    assert told("mandates.ended") == {director.id, agent.id}
    event = Event.objects.get(kind="authentication.mandate.ended")
    assert (event.company_id, event.facts) == (company.id, {"how": "expired"})


def test_a_firm_hears_of_it_through_those_who_run_it_and_use_it(
    company: Company, director: Person
) -> None:
    firm = make_company("Firm Limited")
    partner = make_person("Ng Partner", email="ng@example.com")
    make_officer(firm, partner)
    user = make_person("Yu User", email="yu@example.com")
    make_mandate(company, firm).users.create(member=make_member(firm, user))

    end_mandates(at=AFTER)

    assert told("mandates.ended") == {director.id, partner.id, user.id}


@pytest.mark.parametrize("status", ["proposed", "waiting", "ended"])
def test_one_that_never_was_in_force_or_has_ended_is_left_as_it_is(
    company: Company, director: Person, agent: Person, status: str
) -> None:
    how = "by hand" if status == "ended" else ""
    Mandate.objects.update(status=status, ended_how=how)

    assert end_mandates(at=AFTER) == 0
    assert Mandate.objects.get().ended_how == how


def test_an_e_service_whose_sign_in_rests_on_it_is_told(
    company: Company, agent: Person, bank: EService
) -> None:
    make_grant(bank, company, agent, Mandate.objects.get().reference)
    make_e_service("other-bank")

    end_mandates(at=AFTER)

    assert events() == [
        (
            "mandate.ended",
            {
                "id": Mandate.objects.get().reference,
                "company": company.ubi,
                "because": "expired",
            },
        )
    ]


def make_grant(bank: EService, company: Company, person: Person, mandate: str) -> None:
    assert person.account is not None
    session = EServiceSession.objects.create(
        browser_session=BrowserSession.objects.create(
            account=person.account, started_at=NOW, seen_at=NOW
        ),
        e_service=bank,
        person=person,
        company=company,
        started_at=NOW,
    )
    Grant.objects.create(
        session=session,
        subject=PairwiseSubject.objects.create(
            person=person, company=company, sector_identifier="bank.example"
        ),
        scopes=["openid"],
        mandates=[mandate],
        level=2,
        methods=["pwd", "otp"],
        authenticated_at=NOW,
        approved_at=NOW,
    )
