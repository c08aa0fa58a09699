"""Captured amounts never exceed a limit: under every order of acts, and in real threads."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from threading import Barrier

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from authentication.models import (
    Amount,
    Company,
    EService,
    EServiceSession,
    Grant,
    LimitUse,
    Mandate,
    MandateLimit,
    PairwiseSubject,
    Person,
)
from authentication.models.browser_session import BrowserSession
from authentication.powers import POWERS, SIGN_IN
from authentication.services.capture_amount import ReservationEnded, capture_amount
from authentication.services.check_power import LimitExceeded, NoAuthority
from authentication.services.establish_catalogue import establish_catalogue
from authentication.services.expire_reservations import expire_reservations
from authentication.services.find_concerned import Named
from authentication.services.release_amount import release_amount
from authentication.services.reserve_amount import reserve_amount
from tests.journeys.patience import eventually
from tests.makers import (
    NOW,
    make_company,
    make_e_service,
    make_mandate,
    make_person,
)

_numbers = count()


def let_ask(person: Person, company: Company, e_service: EService) -> None:
    """Write what a sign-in leaves behind, without its pages."""
    account = person.account
    assert account is not None
    subject = PairwiseSubject.objects.create(
        person=person, company=company, sector_identifier=e_service.slug
    )
    session = EServiceSession.objects.create(
        browser_session=BrowserSession.objects.create(
            account=account, started_at=NOW, seen_at=NOW
        ),
        e_service=e_service,
        person=person,
        company=company,
        started_at=NOW,
    )
    Grant.objects.create(
        session=session,
        subject=subject,
        scopes=["openid", "authority"],
        level=2,
        methods=["pwd", "otp"],
        authenticated_at=NOW,
        approved_at=NOW,
    )


@dataclass(frozen=True, slots=True)
class Tree:
    """A company lets a firm act, which lets two agents act; each asks at two e-services."""

    company: Company
    agents: Sequence[Person]
    mandates: Sequence[Mandate]  # the firm's, then each agent's
    e_services: Sequence[EService]

    def reserve(
        self,
        agent: int,
        value: Decimal,
        *,
        e_service: int = 0,
        at: datetime = NOW,
        lasts: timedelta = timedelta(minutes=15),
    ) -> LimitUse:
        return reserve_amount(
            e_service=self.e_services[e_service],
            named=Named(self.agents[agent].id, self.company.id),
            power=SIGN_IN,
            amount=Amount(value, "HKD"),
            reference=f"act-{next(_numbers)}",
            lasts=lasts,
            at=at,
        ).use


def plant() -> Tree:
    establish_catalogue(powers=POWERS)
    number = next(_numbers)
    company = make_company()
    firm = make_mandate(company, make_company("ABC"), SIGN_IN, may_subdelegate=True)
    agents = [make_person(email=f"agent-{number}-{each}@abc.example") for each in range(2)]
    e_services = [make_e_service(f"e-service-{number}-{each}") for each in range(2)]
    mandates = [make_mandate(company, agent, SIGN_IN, parent=firm) for agent in agents]
    for agent in agents:
        for e_service in e_services:
            let_ask(agent, company, e_service)
    return Tree(company, agents, [firm, *mandates], e_services)


def limit(mandate: Mandate, **limits: object) -> None:
    MandateLimit.objects.create(mandate=mandate, **{"currency": "HKD", **limits})


# -- Every order of acts -----------------------------------------------------------------------

cents = st.integers(1, 6000).map(lambda number: Decimal(number) / 100)
acts = st.one_of(
    st.tuples(st.just("reserve"), st.integers(0, 1), st.integers(0, 1), cents),
    st.tuples(st.just("capture"), st.integers(0, 20), st.integers(1, 100)),
    st.tuples(st.just("release"), st.integers(0, 20)),
    st.tuples(st.just("wait"), st.sampled_from([1, 10, 16, 600, 1440])),  # minutes
    st.tuples(st.just("tidy")),
)
a_limit = st.fixed_dictionaries(
    {},
    optional={
        "each": st.integers(10, 60),
        "total": st.integers(20, 120),
        "count": st.integers(1, 4),
    },
)


@dataclass(slots=True)
class Remembered:
    """What the test itself knows of a reservation, kept apart from the product's rows."""

    use: LimitUse
    agent: int
    at: datetime
    taken: Decimal
    ends: datetime | None  # None once it is captured


def room(
    limits: list[dict[str, int]],
    known: list[Remembered],
    agent: int,
    value: Decimal,
    now: datetime,
) -> bool:
    """Reckon anew whether it fits: the firm's limit counts both, an agent's only its own."""
    for link, bounds in enumerate(limits):
        if link not in {0, agent + 1}:
            continue
        counted = [
            each.taken
            for each in known
            if (link == 0 or each.agent == agent) and (each.ends is None or each.ends > now)
        ]
        if (
            value > bounds.get("each", value)
            or len(counted) >= bounds.get("count", len(counted) + 1)
            or sum(counted) + value > bounds.get("total", sum(counted) + value)
        ):
            return False
    return True


def captured_by(link: int, known: list[Remembered]) -> list[Decimal]:
    return [
        each.taken
        for each in known
        if each.ends is None and (link == 0 or each.agent == link - 1)
    ]


@pytest.mark.django_db
@settings(max_examples=15, deadline=None)
@given(st.lists(a_limit, min_size=3, max_size=3), st.lists(acts, max_size=14))
def test_no_order_of_acts_brings_more_than_a_limit(
    limits: list[dict[str, int]], deeds: list[tuple[object, ...]]
) -> None:
    with transaction.atomic():
        tree, now, known = plant(), NOW, list[Remembered]()
        for mandate, bounds in zip(tree.mandates, limits, strict=True):
            if bounds:
                limit(mandate, **bounds)
        for deed in deeds:
            match deed:
                case ("wait", int(minutes)):
                    now += timedelta(minutes=minutes)
                case ("tidy",):
                    expire_reservations(at=now)
                case ("reserve", int(agent), int(e_service), Decimal() as value):
                    _reserve(tree, limits, known, agent, e_service, value, now)
                case ("capture", int(which), int(percent)) if which < len(known):
                    _capture(tree, known[which], percent, now)
                case ("release", int(which)) if which < len(known):
                    _release(tree, known[which], now)
            for link, bounds in enumerate(limits):
                captured = captured_by(link, known)
                assert sum(captured) <= bounds.get("total", sum(captured))
                assert len(captured) <= bounds.get("count", len(captured))
        transaction.set_rollback(True)


def _reserve(
    tree: Tree,
    limits: list[dict[str, int]],
    known: list[Remembered],
    agent: int,
    e_service: int,
    value: Decimal,
    now: datetime,
) -> None:
    fits = room(limits, known, agent, value, now)
    try:
        use = tree.reserve(agent, value, e_service=e_service, at=now)
    except LimitExceeded:
        assert not fits
        return
    assert fits
    known.append(Remembered(use, agent, now, value, use.expires_at))


def _capture(tree: Tree, each: Remembered, percent: int, now: datetime) -> None:
    value = max((each.use.value * percent / 100).quantize(Decimal("0.01")), Decimal("0.01"))
    is_held = each.ends is not None and each.ends > now
    try:
        capture_amount(
            e_service=each.use.e_service, reference=each.use.reference, value=value, at=now
        )
    except ReservationEnded:
        assert not is_held
        return
    assert is_held or each.taken == value
    each.taken, each.ends = value, None


def _release(tree: Tree, each: Remembered, now: datetime) -> None:
    try:
        release_amount(e_service=each.use.e_service, reference=each.use.reference, at=now)
    except ReservationEnded:
        assert each.ends is None
        return
    assert each.ends is not None
    each.ends = min(each.ends, now)


# -- At once -----------------------------------------------------------------------------------

AT_ONCE = 12


def at_once(deeds: Sequence[Callable[[], object]]) -> list[object]:
    """Do them in as many threads; give each's result or refusal."""
    barrier = Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> object:
        barrier.wait(timeout=20)
        try:
            return deed()
        except (LimitExceeded, NoAuthority, ReservationEnded) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))


def succeeded(results: Sequence[object]) -> int:
    return sum(isinstance(result, LimitUse) for result in results)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_as_many_succeed_as_fit() -> None:
    tree = plant()
    limit(tree.mandates[0], total=50)

    results = at_once(
        [
            lambda number=number: tree.reserve(  # type: ignore[misc]  # mypy infers no default of a lambda
                number % 2, Decimal(10), e_service=number // 2 % 2
            )
            for number in range(AT_ONCE)
        ]
    )

    assert succeeded(results) == 5
    assert LimitUse.objects.counting(at=NOW).value() == 50


@pytest.mark.django_db(transaction=True)
def test_whoever_comes_too_late_for_one_way_takes_the_other() -> None:
    tree = plant()
    limit(tree.mandates[1], total=30)
    other = make_mandate(tree.company, tree.agents[0], SIGN_IN)
    limit(other, total=40)

    results = at_once([lambda: tree.reserve(0, Decimal(10))] * AT_ONCE)

    assert succeeded(results) == 7
    by_other = LimitUse.objects.filter(mandates=other)
    assert (by_other.count(), LimitUse.objects.count()) == (4, 7)


@pytest.mark.django_db(transaction=True)
def test_of_twins_with_one_reference_one_reserves() -> None:
    tree = plant()

    def reserve() -> bool:
        """Say whether it is a new one."""
        return reserve_amount(
            e_service=tree.e_services[0],
            named=Named(tree.agents[0].id, tree.company.id),
            power=SIGN_IN,
            amount=Amount(Decimal(10), "HKD"),
            reference="the-same",
            lasts=timedelta(minutes=15),
            at=NOW,
        ).is_new

    results = at_once([reserve] * AT_ONCE)

    assert sorted(results) == [*[False] * (AT_ONCE - 1), True]  # type: ignore[type-var]  # all are bool
    assert LimitUse.objects.count() == 1


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # kept for the whole transaction
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        (waits,) = cursor.fetchone()
    return bool(waits)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["capture", "take"])
def test_who_captures_at_the_last_moment_and_who_takes_the_room_never_both_do(
    first: str,
) -> None:
    """The capture looked at its clock before the end, the other after it; neither is quick."""
    tree = plant()
    limit(tree.mandates[0], total=10)
    held = tree.reserve(0, Decimal(10))
    end = held.expires_at

    def capture() -> LimitUse:
        at = end - timedelta(milliseconds=1)
        return capture_amount(e_service=held.e_service, reference=held.reference, at=at)

    def take() -> LimitUse:
        return tree.reserve(1, Decimal(10), at=end)

    deeds = {"capture": capture, "take": take}
    deed = deeds.pop(first)
    (other,) = deeds.values()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            deed()
            waiting = pool.submit(at_once, [other])
            eventually(somebody_waits, within=20)  # until the first is written down for good

        (result,) = waiting.result(timeout=20)

    assert isinstance(result, LimitExceeded | ReservationEnded)
    assert LimitUse.objects.counting(at=end).value() == 10


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("link", [0, 1])
def test_who_waited_for_the_end_of_a_mandate_reserves_nothing_by_it(link: int) -> None:
    tree = plant()
    limit(tree.mandates[0], total=10)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ending = Mandate.objects.filter(id=tree.mandates[link].id)
            ending.update(status=Mandate.Status.ENDED, ended_how="revoked")
            waiting = pool.submit(at_once, [lambda: tree.reserve(0, Decimal(10))])
            eventually(somebody_waits, within=20)

        (result,) = waiting.result(timeout=20)

    assert isinstance(result, NoAuthority)
    assert not LimitUse.objects.exists()
