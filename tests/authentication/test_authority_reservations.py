"""`/api/v1/authority/reservations`: limits of mandates, and what e-services use of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authentication.models import (
    Amount,
    Company,
    LimitUse,
    Mandate,
    MandateLimit,
)
from authentication.powers import (
    GRANT_MANDATES,
    SIGN_IN,
    VIEW_COMPANY,
    power_named,
    register_powers,
)
from authentication.services.check_power import LimitExceeded, check_power
from authentication.services.establish_catalogue import establish_catalogue
from authentication.services.expire_reservations import expire_reservations
from authentication.services.find_concerned import Named
from authentication.services.forget_reservations import forget_reservations
from authentication.services.reserve_amount import reserve_amount
from corpid.audit.models import Event
from corpid.demonstration.powers import ALL_POWERS
from signatures.powers import SIGN
from tests.authentication.authority import SignedIn, sign_in_at
from tests.authentication.e_service import Relying, make_relying
from tests.makers import make_company, make_mandate, make_member, make_officer, make_person

pytestmark = pytest.mark.django_db
RESERVATIONS = "/api/v1/authority/reservations"


@pytest.fixture
def relying() -> Relying:
    establish_catalogue(powers=ALL_POWERS)
    return make_relying()


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def firm_mandate(relying: Relying, company: Company) -> Mandate:
    """The company lets a firm act for it, and pass that on."""
    return make_mandate(company, make_company("ABC"), SIGN_IN, may_subdelegate=True)


@pytest.fixture
def mandate(company: Company, firm_mandate: Mandate) -> Mandate:
    """The firm lets an agent act for the company."""
    agent = make_person("Wong Mei Ling", email="wong@abc.example")
    return make_mandate(company, agent, SIGN_IN, parent=firm_mandate)


@pytest.fixture
def wong(relying: Relying, company: Company, mandate: Mandate) -> SignedIn:
    assert mandate.delegate_person is not None
    return sign_in_at(relying, mandate.delegate_person, company)


def limit(mandate: Mandate, **limits: Any) -> MandateLimit:
    return MandateLimit.objects.create(mandate=mandate, **{"currency": "HKD"} | limits)


def hkd(value: str) -> dict[str, str]:
    return {"value": value, "currency": "HKD"}


def reserve(asked: SignedIn, value: str, reference: str = "p-1", **body: Any) -> Any:
    wish = {"power": SIGN_IN, "amount": hkd(value), "reference": reference}
    return asked.post(RESERVATIONS, wish | body)


def outcome(response: Any) -> tuple[int, str]:
    answer = response.json()
    return response.status_code, answer.get("code") or answer["status"]


def held(response: Any) -> str:
    assert response.status_code == 201, response.content
    reference: str = response.json()["id"]
    return reference


def test_what_is_reserved_is_told_with_every_mandate_that_it_counts_against(
    wong: SignedIn, company: Company, firm_mandate: Mandate, mandate: Mandate
) -> None:
    limit(firm_mandate, total=100)

    response = reserve(wong, "60.00")

    answer = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"{RESERVATIONS}/{answer['id']}"
    assert datetime.fromisoformat(answer.pop("expires_at")) > timezone.now()
    assert answer.pop("id").startswith("res_")
    assert answer == {
        "status": "reserved",
        "reference": "p-1",
        "company": company.ubi,
        "power": SIGN_IN,
        "amount": hkd("60.00"),
        "captured": None,
        "mandates": sorted([firm_mandate.reference, mandate.reference]),
    }


@pytest.mark.parametrize("link", ["firm_mandate", "mandate"])
@pytest.mark.parametrize(
    ("limits", "fits", "not_any_more"),
    [
        ({"total": "100.00"}, ["60.00", "40.00"], "0.01"),
        ({"total": "100.00", "per": "day"}, ["100.00"], "0.01"),
        ({"each": "50.00"}, ["50.00", "50.00", "50.00"], "50.01"),
        ({"count": 2}, ["1.00", "9000000.00"], "0.01"),
        ({"each": "50.00", "total": "60.00", "count": 5}, ["50.00", "10.00"], "0.01"),
    ],
)
def test_each_limit_of_each_link_holds_to_the_cent(
    request: pytest.FixtureRequest,
    wong: SignedIn,
    link: str,
    limits: dict[str, Any],
    fits: list[str],
    not_any_more: str,
) -> None:
    limit(request.getfixturevalue(link), **limits)

    for number, value in enumerate(fits):
        held(reserve(wong, value, f"p-{number}"))

    assert outcome(reserve(wong, not_any_more, "q")) == (403, "limit_exceeded")
    assert LimitUse.objects.count() == len(fits)


def test_two_limits_side_by_side_both_hold(wong: SignedIn, mandate: Mandate) -> None:
    limit(mandate, total=100, per="day")
    limit(mandate, total=120, per="whole")
    held(reserve(wong, "100.00", "a"))
    LimitUse.objects.update(reserved_at=timezone.now() - timedelta(days=2))

    assert outcome(reserve(wong, "21.00", "b")) == (403, "limit_exceeded")
    held(reserve(wong, "20.00", "b"))


def test_a_mandate_limited_in_one_currency_allows_no_other(
    wong: SignedIn, mandate: Mandate
) -> None:
    limit(mandate, total=100)

    refused = reserve(wong, "1.00", amount={"value": "1.00", "currency": "USD"})

    assert outcome(refused) == (403, "limit_exceeded")
    limit(mandate, total=5, currency="USD")
    held(reserve(wong, "1.00", amount={"value": "1.00", "currency": "USD"}))


def test_what_is_used_by_one_branch_is_gone_for_all_at_every_e_service(
    wong: SignedIn, company: Company, firm_mandate: Mandate
) -> None:
    limit(firm_mandate, total=100)
    ho = make_person("Ho Ka Yan", email="ho@abc.example")
    make_mandate(company, ho, SIGN_IN, parent=firm_mandate)
    elsewhere = sign_in_at(make_relying(), ho, company)
    first = held(reserve(wong, "60.00"))

    assert outcome(reserve(elsewhere, "40.01")) == (403, "limit_exceeded")
    assert elsewhere.check(SIGN_IN, amount=hkd("40.01")).json()["reason"] == "limit_exceeded"
    assert elsewhere.check(SIGN_IN, amount=hkd("40.00")).json()["allowed"] is True

    assert outcome(wong.post(f"{RESERVATIONS}/{first}/release", {})) == (200, "released")
    held(reserve(elsewhere, "100.00"))


def test_the_limit_of_one_agent_is_not_anothers(
    wong: SignedIn, company: Company, firm_mandate: Mandate, mandate: Mandate
) -> None:
    limit(mandate, total=10)
    ho = make_person("Ho Ka Yan", email="ho@abc.example")
    make_mandate(company, ho, SIGN_IN, parent=firm_mandate)
    held(reserve(wong, "10.00"))

    held(reserve(sign_in_at(wong.relying, ho, company), "5000.00", "p-2"))


def test_another_way_that_has_room_is_taken(
    wong: SignedIn, company: Company, mandate: Mandate
) -> None:
    limit(mandate, total=100)
    assert mandate.delegate_person is not None
    other = make_mandate(company, mandate.delegate_person, SIGN_IN)
    limit(other, total=70)

    taken = [reserve(wong, "60.00", f"p-{number}").json() for number in range(3)]

    assert taken[0]["mandates"] == [other.reference]  # the shorter chain first
    assert mandate.reference in taken[1]["mandates"]
    assert taken[2]["code"] == "limit_exceeded"
    named = reserve(wong, "20.00", "q", mandate=other.reference)
    assert outcome(named) == (403, "limit_exceeded")


def test_who_runs_the_company_is_bound_by_no_mandate(
    relying: Relying, company: Company
) -> None:
    lee = make_person("Lee Siu Ming", email="lee@harvest.example")
    make_officer(company, lee)
    limit(make_mandate(company, lee, SIGN_IN), total=1)

    answer = reserve(sign_in_at(relying, lee, company), "1000000.00").json()

    assert (answer["status"], answer["mandates"]) == ("reserved", [])


def test_a_power_that_needs_a_limit_is_carried_by_no_mandate_without(
    wong: SignedIn, mandate: Mandate, needs_limit: None
) -> None:
    assert wong.check(SIGN_IN).json()["reason"] == "limit_exceeded"
    assert outcome(reserve(wong, "1.00")) == (403, "limit_exceeded")

    limit(mandate, total=100)

    assert wong.check(SIGN_IN).json()["reason"] == "limit_exceeded"  # how much is not said
    assert wong.check(SIGN_IN, amount=hkd("1.00")).json()["allowed"] is True
    held(reserve(wong, "1.00"))


@pytest.fixture
def needs_limit(wong: SignedIn) -> Iterator[None]:
    before = power_named(SIGN_IN)
    register_powers([replace(before, needs_limit=True)])
    yield
    register_powers([before])


def test_capturing_less_gives_the_rest_back(wong: SignedIn, mandate: Mandate) -> None:
    limit(mandate, total=100)
    address = f"{RESERVATIONS}/{held(reserve(wong, '100.00'))}"

    answer = wong.post(f"{address}/capture", {"value": "30.00"}).json()

    assert (answer["status"], answer["captured"]) == ("captured", hkd("30.00"))
    assert wong.relying.call(wong.token, address).json() == answer
    assert outcome(reserve(wong, "70.01", "q")) == (403, "limit_exceeded")
    held(reserve(wong, "70.00", "q"))


def test_capturing_again_is_answered_the_same_and_otherwise_refused(
    wong: SignedIn, mandate: Mandate
) -> None:
    address = f"{RESERVATIONS}/{held(reserve(wong, '100.00'))}"
    too_much = wong.post(f"{address}/capture", {"value": "100.01"})
    first = wong.post(f"{address}/capture", {})

    assert outcome(too_much) == (422, "more_than_reserved")
    assert wong.post(f"{address}/capture", {}).json() == first.json()
    assert wong.post(f"{address}/capture", {"value": "100.00"}).json() == first.json()
    for act, body in (("capture", {"value": "99.00"}), ("release", {})):
        assert outcome(wong.post(f"{address}/{act}", body)) == (409, "reservation_ended")
    kinds = Event.objects.filter(kind__startswith="authentication.limit.")
    assert sorted(kinds.values_list("kind", flat=True)) == [
        "authentication.limit.captured",
        "authentication.limit.reserved",
    ]


def test_what_was_released_can_be_released_again_and_not_captured(wong: SignedIn) -> None:
    address = f"{RESERVATIONS}/{held(reserve(wong, '100.00'))}"

    for _ in range(2):
        assert outcome(wong.post(f"{address}/release", {})) == (200, "released")
    assert outcome(wong.post(f"{address}/capture", {})) == (409, "reservation_ended")


def test_what_is_out_of_time_is_free_before_anybody_tidies_up(
    wong: SignedIn, mandate: Mandate
) -> None:
    limit(mandate, total=100)
    address = f"{RESERVATIONS}/{held(reserve(wong, '100.00'))}"
    past = timezone.now() - timedelta(minutes=1)
    LimitUse.objects.update(reserved_at=past - timedelta(minutes=15), expires_at=past)

    assert wong.relying.call(wong.token, address).json()["status"] == "expired"
    assert wong.check(SIGN_IN, amount=hkd("100.00")).json()["allowed"] is True
    assert outcome(wong.post(f"{address}/capture", {})) == (409, "reservation_ended")
    assert outcome(wong.post(f"{address}/release", {})) == (200, "expired")
    held(reserve(wong, "100.00", "q"))
    # Nobody's reservation pays for writing down the ends of others.
    assert [use.state for use in LimitUse.objects.order_by("id")] == ["reserved", "reserved"]
    assert outcome(wong.post(f"{address}/capture", {})) == (409, "reservation_ended")


def test_the_last_moment_of_a_reservation_is_excluded(wong: SignedIn) -> None:
    held(reserve(wong, "100.00"))
    use = LimitUse.objects.get()

    assert expire_reservations(at=use.expires_at - timedelta(microseconds=1)) == 0
    assert use.state_at(at=use.expires_at - timedelta(microseconds=1)) == "reserved"
    assert use.state_at(at=use.expires_at) == "expired"
    assert expire_reservations(at=use.expires_at) == 1
    assert expire_reservations(at=use.expires_at) == 0


def test_all_that_is_overdue_is_ended_and_forgotten_a_few_at_a_time(
    wong: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in (expire_reservations, forget_reservations):
        monkeypatch.setitem(service.__globals__, "_AT_ONCE", 2)
    for number in range(5):
        held(reserve(wong, "1.00", f"p-{number}"))
    end = max(LimitUse.objects.values_list("expires_at", flat=True))

    with CaptureQueriesContext(connection) as queries:
        ended = expire_reservations(at=end)
    with CaptureQueriesContext(connection) as forgetting:
        forgotten = forget_reservations(at=end + timedelta(days=31))

    assert (ended, forgotten) == (5, 5)
    updates = [each for each in queries if each["sql"].startswith("UPDATE")]
    deletions = [
        each
        for each in forgetting
        if each["sql"].startswith('DELETE FROM "authentication_limituse" ')
    ]
    assert (len(updates), len(deletions)) == (3, 3)


def test_one_reference_is_one_reservation(wong: SignedIn, mandate: Mandate) -> None:
    limit(mandate, total=100)
    first = reserve(wong, "60.00")

    again = reserve(wong, "60.00")

    assert (again.status_code, again.json()) == (200, first.json())
    assert outcome(reserve(wong, "60.01")) == (409, "reference_reused")
    assert outcome(reserve(wong, "60.00", power=VIEW_COMPANY)) == (409, "reference_reused")
    wong.post(f"{RESERVATIONS}/{held(first)}/capture", {})
    assert outcome(reserve(wong, "60.00")) == (200, "captured")
    assert LimitUse.objects.count() == 1


def test_a_reference_is_each_e_services_own(wong: SignedIn, mandate: Mandate) -> None:
    assert mandate.delegate_person is not None
    elsewhere = sign_in_at(make_relying(), mandate.delegate_person, mandate.principal)

    assert held(reserve(wong, "60.00")) != held(reserve(elsewhere, "70.00"))


def test_an_idempotency_key_is_answered_once_more_as_it_was(wong: SignedIn) -> None:
    wish = {"power": SIGN_IN, "amount": hkd("60.00"), "reference": "p-1"}
    key = {"Idempotency-Key": "k-1"}

    first = wong.post(RESERVATIONS, wish, **key)
    again = wong.post(RESERVATIONS, wish, **key)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert LimitUse.objects.count() == 1


def test_a_refused_reservation_leaves_its_reference_free(
    wong: SignedIn, mandate: Mandate
) -> None:
    limit(mandate, total=100)
    assert outcome(reserve(wong, "100.01")) == (403, "limit_exceeded")
    assert outcome(reserve(wong, "1.00", power="corpid.sing")) == (422, "power_unknown")
    assert outcome(reserve(wong, "1.00", power=GRANT_MANDATES)) == (403, "no_authority")

    held(reserve(wong, "100.00"))


@pytest.mark.parametrize("act", ["", "/capture", "/release"])
def test_a_reservation_of_another_e_service_is_not_there(wong: SignedIn, act: str) -> None:
    address = f"{RESERVATIONS}/{held(reserve(wong, '60.00'))}{act}"
    stranger = make_relying()
    token = stranger.own_token("authority")

    if act:
        answer = stranger.send(token, address, {})
        nowhere = stranger.send(token, f"{RESERVATIONS}/res_{'0' * 26}{act}", {})
    else:
        answer = stranger.call(token, address)
        nowhere = stranger.call(token, f"{RESERVATIONS}/res_{'0' * 26}")

    assert outcome(answer) == outcome(nowhere) == (404, "reservation_not_found")
    assert LimitUse.objects.get().state == "reserved"


def test_a_mandate_that_ended_reserves_nothing_more_and_what_was_done_counts(
    wong: SignedIn, firm_mandate: Mandate
) -> None:
    limit(firm_mandate, total=100)
    address = f"{RESERVATIONS}/{held(reserve(wong, '60.00'))}"

    Mandate.objects.filter(id=firm_mandate.id).update(status="ended", ended_how="revoked")

    assert outcome(reserve(wong, "1.00", "q")) == (403, "no_authority")
    assert outcome(wong.post(f"{address}/capture", {})) == (200, "captured")


def test_what_several_must_agree_to_is_not_reserved_by_one(
    relying: Relying, company: Company
) -> None:
    lee = make_person("Lee Siu Ming", email="lee@harvest.example")
    make_officer(company, lee)
    make_officer(company, make_person())
    asked = sign_in_at(relying, lee, company)

    assert outcome(reserve(asked, "1.00", power=SIGN)) == (403, "others_must_agree")
    held(reserve(asked, "1.00"))
    assert LimitUse.objects.count() == 1


def test_nobody_reserves_for_who_did_not_let_the_e_service_ask(wong: SignedIn) -> None:
    stranger = make_relying()
    wish = {"power": SIGN_IN, "amount": hkd("1.00"), "reference": "p", "person": wong.sub}

    answer = stranger.send(stranger.own_token("authority"), RESERVATIONS, wish)

    assert outcome(answer) == (404, "nobody_concerned")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": {"value": "0.00", "currency": "HKD"}}, "/amount/value"),
        ({"amount": {"value": "-1.00", "currency": "HKD"}}, "/amount/value"),
        ({"amount": {"value": "1.001", "currency": "HKD"}}, "/amount/value"),
        ({"amount": {"value": "NaN", "currency": "HKD"}}, "/amount/value"),
        ({"amount": {"value": "99999999999999.00", "currency": "HKD"}}, "/amount/value"),
        ({"amount": {"value": "1.00", "currency": "hkd"}}, "/amount/currency"),
        ({"amount": {"value": "1.00", "currency": "HK"}}, "/amount/currency"),
        ({"reference": ""}, "/reference"),
        ({"reference": "x" * 101}, "/reference"),
        ({"expires_in": 9}, "/expires_in"),
        ({"expires_in": 7 * 24 * 3600 + 1}, "/expires_in"),
        ({"currency": "HKD"}, "/currency"),
    ],
)
def test_a_wish_with_a_fault_is_told_where(
    wong: SignedIn, changes: dict[str, Any], pointer: str
) -> None:
    answer = reserve(wong, "1.00", **changes).json()

    assert [error["pointer"] for error in answer["errors"]] == [pointer]
    assert not LimitUse.objects.exists()


def test_the_company_sees_who_used_how_much(wong: SignedIn, mandate: Mandate) -> None:
    reference = held(reserve(wong, "60.00"))

    event = Event.objects.get(kind="authentication.limit.reserved")
    assert event.company_id == mandate.principal_id
    assert event.actor == f"e-service:{wong.relying.client_id}"
    assert event.subject == f"reservation:{reference}"
    assert event.facts["value"] == "60.00"
    assert mandate.reference in event.facts["mandates"]


# -- Hong Kong's days, months and years --------------------------------------------------------

LAST_MOMENT_OF_2026 = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Hong Kong


@pytest.mark.parametrize(
    ("per", "first", "second", "fits"),
    [
        ("day", LAST_MOMENT_OF_2026, timedelta(seconds=1), True),
        (
            "day",
            LAST_MOMENT_OF_2026 - timedelta(hours=23, minutes=59),
            timedelta(hours=8),
            False,
        ),
        ("day", datetime(2026, 6, 1, 15, 59, tzinfo=UTC), timedelta(minutes=1), True),
        ("day", datetime(2026, 6, 1, 23, 59, tzinfo=UTC), timedelta(minutes=1), False),
        ("month", LAST_MOMENT_OF_2026, timedelta(seconds=1), True),
        ("month", LAST_MOMENT_OF_2026 - timedelta(days=30), timedelta(days=30), False),
        ("year", LAST_MOMENT_OF_2026, timedelta(seconds=1), True),
        ("year", LAST_MOMENT_OF_2026 - timedelta(days=200), timedelta(days=200), False),
        ("whole", LAST_MOMENT_OF_2026, timedelta(days=100), False),
    ],
)
def test_a_period_begins_at_midnight_in_hong_kong(
    wong: SignedIn,
    mandate: Mandate,
    firm_mandate: Mandate,
    per: str,
    first: datetime,
    second: timedelta,
    fits: bool,  # noqa: FBT001  parametrized by place
) -> None:
    Mandate.objects.update(valid_until=LAST_MOMENT_OF_2026 + timedelta(days=400))
    limit(mandate, total=100, per=per)
    named = Named(mandate.delegate_person_id, mandate.principal_id)

    def reserve_at(at: datetime, reference: str) -> None:
        reserve_amount(
            e_service=wong.relying.row,
            named=named,
            power=SIGN_IN,
            amount=Amount(Decimal(60), "HKD"),
            reference=reference,
            lasts=timedelta(days=365),
            at=at,
        )

    reserve_at(first, "a")
    if fits:
        reserve_at(first + second, "b")
    else:
        with pytest.raises(LimitExceeded):
            reserve_at(first + second, "b")


def test_where_no_amount_is_named_no_limit_is_looked_at(
    wong: SignedIn, company: Company, mandate: Mandate
) -> None:
    limit(mandate, total=100)
    agent = mandate.delegate_person
    assert agent is not None

    with CaptureQueriesContext(connection) as asked:
        authority = check_power(person=agent, company=company, power=SIGN_IN, at=timezone.now())

    assert authority.capacity == "agent"
    assert "limit" not in str(asked.captured_queries).replace("LIMIT", "")


def test_the_database_keeps_what_a_limit_and_its_use_must_be(
    wong: SignedIn, mandate: Mandate
) -> None:
    held(reserve(wong, "60.00"))
    uses = LimitUse.objects.all()
    now = timezone.now()

    for change, constraint in (
        ({"captured_value": 1}, "limit_use_captures_at_most"),
        ({"state": "captured", "ended_at": now}, "limit_use_captures_at_most"),
        (
            {"state": "captured", "ended_at": now, "captured_value": 61},
            "limit_use_captures_at_most",
        ),
        ({"state": "released"}, "limit_use_that_ended_has_its_moment"),
        ({"value": 0}, "limit_use_is_of_an_amount"),
        ({"currency": "hkd"}, "limit_use_is_of_an_amount"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            uses.update(**change)
    for limits, constraint in (
        ({}, "limit_limits_something"),
        ({"each": 0}, "limit_leaves_something"),
        ({"total": -1}, "limit_leaves_something"),
        ({"count": 0, "total": 1}, "limit_leaves_something"),
        ({"total": 1, "currency": "$"}, "limit_has_a_currency"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            limit(mandate, **limits)


def test_a_member_of_the_firm_uses_the_mandate_within_its_limit(
    relying: Relying, company: Company, firm_mandate: Mandate
) -> None:
    limit(firm_mandate, total=100)
    assert firm_mandate.delegate_company is not None
    clerk = make_person("Ho Ka Yan", email="ho@abc.example")
    firm_mandate.users.create(member=make_member(firm_mandate.delegate_company, clerk))
    asked = sign_in_at(relying, clerk, company)

    held(reserve(asked, "100.00"))
    assert outcome(reserve(asked, "0.01", "q")) == (403, "limit_exceeded")
