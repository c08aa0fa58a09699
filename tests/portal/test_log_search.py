"""`/admin/audit/`: caseworkers find events by company, kind and time; each look is an event."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from authentication.models import Account, Caseworker, Company
from corpid.audit.models import Event
from corpid.audit.services.record_event import record_event
from corpid.audit.services.seal_events import seal_events
from corpid.keys.bounded import forget_everything
from tests.makers import make_company, make_officer, make_person
from tests.signing_in import PASSWORD, code_of, give_device, sign_in_as

pytestmark = pytest.mark.django_db

SEARCH = "/admin/audit/"
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # in Hong Kong


@pytest.fixture
def caseworker(client: Client) -> Client:
    email = "caseworker@agency.example"
    account = Account.objects.create_account(email=email, password=PASSWORD, is_staff=True)
    Caseworker.objects.create(account=account, name="Ng Caseworker")
    code = code_of(give_device(account))
    client.post("/sign-in", {"email": email, "password": PASSWORD, "code": code})
    return client


def happened(
    company: Company | None = None, kind: str = "prefill.consent.given", **more: Any
) -> Event:
    said = {"at": NOON, "actor": "system", "subject": "consent:con_1", **more}
    return record_event(kind=kind, company_id=company.id if company else None, **said)


def found(client: Client, query: str) -> list[str]:
    answer = client.get(f"{SEARCH}?{query}")
    assert answer.status_code == 200, answer.content.decode()
    return [line.subject for line in answer.context.get("lines", [])]


def test_a_companys_events_are_found_by_its_identifier_alone(caseworker: Client) -> None:
    company, other = make_company(), make_company()
    happened(company, subject="consent:con_1")
    happened(other, subject="consent:con_2")

    assert found(caseworker, f"ubi={company.ubi}") == ["consent:con_1"]
    assert found(caseworker, f"ubi={company.ubi}&since=2026-03-03") == [f"company:{company.id}"]


def test_what_a_company_is_not_told_is_found_here(caseworker: Client) -> None:
    company = make_company()
    happened(company, subject="restriction:1", facts={"may_be_told": False})

    assert found(caseworker, f"ubi={company.ubi}") == ["restriction:1"]


def test_events_of_a_day_are_found_by_how_their_kind_begins(caseworker: Client) -> None:
    happened(kind="signatures.request.opened", subject="a")
    happened(kind="signatures_x", subject="b", at=NOON + timedelta(seconds=1))
    happened(kind="prefill.consent.given", subject="c", at=NOON + timedelta(seconds=2))
    happened(kind="signatures.request.opened", subject="d", at=NOON + timedelta(hours=12))

    assert found(caseworker, "kinds=signatures.&since=2026-03-02") == ["a"]
    assert found(caseworker, "since=2026-03-02&until=2026-03-02") == ["c", "b", "a"]
    assert found(caseworker, "until=2026-03-03") == ["d"]


def test_without_a_company_more_than_a_day_is_refused(caseworker: Client) -> None:
    company = make_company()

    refused = caseworker.get(f"{SEARCH}?since=2026-03-02&until=2026-03-03")
    taken = caseworker.get(f"{SEARCH}?since=2026-03-02&until=2026-03-03&ubi={company.ubi}")

    assert refused.status_code == 422
    assert "one day of the log" in refused.content.decode()
    assert taken.status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "ubi=00000000",
        "ubi=x",
        "since=yesterday",
        "since=9999-12-31",
        "until=9999-12-31",
        "since=0001-01-01",
        "kinds=a%25",
        "kinds=A'--",
        "after=1_x",
        f"after=1_{'-' * 36}",
    ],
)
def test_what_cannot_be_searched_for_is_said_and_searches_nothing(
    caseworker: Client, query: str
) -> None:
    assert caseworker.get(f"{SEARCH}?{query}").status_code == 422
    assert not Event.objects.filter(kind="caseworkers.log.searched").exists()


def test_each_search_is_an_event_that_the_company_sees(caseworker: Client) -> None:
    company = make_company()

    caseworker.get(SEARCH)  # the form alone
    caseworker.get(f"{SEARCH}?ubi={company.ubi}&kinds=signatures.")
    caseworker.get(f"{SEARCH}?since=2026-03-02")

    of_company, of_all = Event.objects.filter(kind="caseworkers.log.searched").order_by("id")
    assert of_company.actor == f"caseworker:{Account.objects.get().pk}"
    assert of_company.company_id == company.id
    assert of_company.subject == f"company:{company.id}"
    assert of_company.facts == {
        "since": None,
        "until": None,
        "kinds": "signatures.",
        "later_page": False,
        "shown": 0,
    }
    assert (of_all.company_id, of_all.subject) == (None, "log")
    assert of_all.facts["since"] == "2026-03-02T00:00:00+08:00"


def test_pages_follow_each_other_without_gap_or_repeat(caseworker: Client) -> None:
    company = make_company()
    for number in range(120):
        happened(company, subject=f"n:{number}", at=NOON + timedelta(seconds=number // 3))
    query: str | None = f"ubi={company.ubi}&until=2026-03-02"
    seen: list[str] = []
    for _ in range(3):
        answer = caseworker.get(f"{SEARCH}?{query}")
        seen += [line.subject for line in answer.context["lines"]]
        query = answer.context["next"]

    assert query is None
    assert len(seen) == 120
    assert set(seen) == {f"n:{number}" for number in range(120)}


def test_a_sealed_event_leads_to_its_proof(caseworker: Client) -> None:
    event = happened(make_company())
    waiting = caseworker.get(f"{SEARCH}?since=2026-03-02").content.decode()

    seal_events()
    sealed = caseworker.get(f"{SEARCH}?since=2026-03-02").content.decode()

    assert "in a few seconds" in waiting
    assert f"/audit/proofs/inclusion?event={event.id}" in sealed


def test_one_event_or_three_cost_as_many_queries(caseworker: Client) -> None:
    company = make_company()
    happened(company)
    address = f"{SEARCH}?ubi={company.ubi}&until=2026-03-02"
    caseworker.get(address)

    def queries() -> int:
        forget_everything()  # what a process asks once a second is asked each time
        with CaptureQueriesContext(connection) as asked:
            assert caseworker.get(address).status_code == 200
        return len(asked)

    of_one = queries()
    happened(company)
    happened(company)

    assert queries() == of_one


def test_nobody_but_caseworkers_searches(client: Client) -> None:
    person, company = make_person(email="lee@example.com"), make_company()
    make_officer(company, person)

    stranger = client.get(f"{SEARCH}?ubi={company.ubi}")
    sign_in_as(client, person, company=company)
    member = client.get(f"{SEARCH}?ubi={company.ubi}", follow=True)

    assert stranger.status_code == 302
    assert member.status_code == 403
    assert not Event.objects.filter(kind="caseworkers.log.searched").exists()
