"""Refresh tokens: the same one again and again, as long as what it came from goes on."""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from authentication.models import (
    BrowserSession,
    Capacity,
    CompanyStatus,
    EService,
    Grant,
    Mandate,
    MemberRole,
    Officer,
    Person,
    Restriction,
)
from authentication.powers import SIGN_IN
from authentication.services.end_sessions import end_sessions
from authentication.services.openid.end_grants import end_grants
from corpid.audit.models import Event
from corpid.keys.bounded import forget_everything
from tests.authentication.e_service import (
    Relying,
    make_relying,
    read_claims,
    sign_in_code,
)
from tests.makers import make_company, make_mandate, make_member, make_officer, make_person
from tests.protocols.signer import Signer
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def relying() -> Relying:
    return make_relying()


@pytest.fixture
def director() -> Any:
    person = make_person("Lee Siu Ming", email="lee@harvest.example")
    person.company = make_company()  # type: ignore[attr-defined]  # for the tests to find
    make_officer(person.company, person)  # type: ignore[attr-defined]  # set above
    return person


@pytest.fixture
def browser(client: Client, director: Any) -> Client:
    sign_in_as(client, director, company=director.company)
    return client


def error_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def tokens_of(relying: Relying, browser: Client, **changes: str) -> dict[str, Any]:
    answer = relying.exchange(sign_in_code(relying, browser, **changes))
    assert answer.status_code == 200, answer.content
    tokens: dict[str, Any] = answer.json()
    return tokens


def test_a_refresh_token_gives_access_again_and_again_and_stays_the_same(
    relying: Relying, client: Client, director: Any
) -> None:
    with time_machine.travel(datetime(2026, 3, 3, tzinfo=UTC), tick=False) as clock:
        sign_in_as(client, director, company=director.company)
        first = tokens_of(relying, client)
        clock.shift(timedelta(minutes=10))
        relying.learn_nonce()
        second = relying.refresh(first["refresh_token"])
        clock.shift(timedelta(seconds=31))
        third = relying.refresh(first["refresh_token"])
        told = relying.call(third.json()["access_token"], "/oauth/userinfo")

    assert (second.status_code, third.status_code, told.status_code) == (200, 200, 200)
    assert second["Cache-Control"] == "no-store"
    answer = third.json()
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    assert (answer["token_type"], answer["expires_in"]) == ("DPoP", 300)
    before, after = read_claims(first["id_token"]), read_claims(answer["id_token"])
    assert {
        name: before[name] for name in ("iss", "sub", "aud", "auth_time", "sid", "rep")
    } == {name: after[name] for name in ("iss", "sub", "aud", "auth_time", "sid", "rep")}
    assert after["iat"] - before["iat"] == 631
    assert "nonce" not in after  # OpenID Connect Core 1.0, section 12.2


def test_a_refresh_token_lives_for_a_day_after_the_sign_in_however_often_it_is_used(
    relying: Relying, client: Client, director: Any
) -> None:
    with time_machine.travel(datetime(2026, 3, 3, tzinfo=UTC), tick=False) as clock:
        sign_in_as(client, director, company=director.company)
        clock.shift(timedelta(minutes=30))
        token = tokens_of(relying, client)["refresh_token"]
        clock.shift(timedelta(hours=23, minutes=29, seconds=59))
        BrowserSession.objects.update(seen_at=timezone.now())  # used all the time
        relying.learn_nonce()
        assert relying.refresh(token).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert error_of(relying.refresh(token)) == (400, "invalid_grant")


def test_an_hour_away_from_corp_id_ends_refreshing_however_often_the_client_asks(
    relying: Relying, client: Client, director: Any
) -> None:
    with time_machine.travel(datetime(2026, 3, 3, tzinfo=UTC), tick=False) as clock:
        sign_in_as(client, director, company=director.company)
        token = tokens_of(relying, client)["refresh_token"]
        for minutes, seconds in ((30, 0), (29, 59)):
            clock.shift(timedelta(minutes=minutes, seconds=seconds))
            relying.learn_nonce()
            assert relying.refresh(token).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert error_of(relying.refresh(token)) == (400, "invalid_grant")


def test_another_clients_refresh_token_is_unknown_and_stays_good_for_its_own(
    relying: Relying, browser: Client
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]
    thief = make_relying()
    thief.proof_key = relying.proof_key

    assert error_of(thief.refresh(token)) == (400, "invalid_grant")
    assert relying.refresh(token).status_code == 200


def test_a_new_key_is_taken_and_the_new_token_is_bound_to_it(
    relying: Relying, browser: Client
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]
    old_key, relying.proof_key = relying.proof_key, Signer(kid="new")

    access = relying.refresh(token).json()["access_token"]

    new = relying.proof_key.keys.find(kid="new", algorithm="ES256")
    assert new is not None
    assert read_claims(access)["cnf"] == {"jkt": new.thumbprint}
    assert relying.call(access, "/oauth/userinfo").status_code == 200
    relying.proof_key = old_key
    assert error_of(relying.call(access, "/oauth/userinfo")) == (401, "invalid_dpop_proof")


def test_without_a_proof_nothing_is_refreshed(relying: Relying, browser: Client) -> None:
    token = tokens_of(relying, browser)["refresh_token"]
    fields = {"grant_type": "refresh_token", "refresh_token": token}

    response = relying.post("/oauth/token", relying.credentials() | fields)

    assert error_of(response) == (400, "invalid_dpop_proof")


def test_scope_narrows_the_one_token_and_never_widens(
    relying: Relying, browser: Client
) -> None:
    token = tokens_of(relying, browser, scope="openid companies")["refresh_token"]

    narrowed = relying.refresh(token, scope="companies").json()
    whole = relying.refresh(token).json()
    widened = relying.refresh(token, scope="openid sign")  # registered, and not granted

    assert (narrowed["scope"], whole["scope"]) == ("companies", "openid companies")
    assert read_claims(narrowed["access_token"])["scope"] == "companies"
    assert ("id_token" in narrowed, "id_token" in whole) == (False, True)
    refused = relying.call(narrowed["access_token"], "/oauth/userinfo")
    assert error_of(refused) == (403, "insufficient_scope")
    assert error_of(widened) == (400, "invalid_scope")


def test_a_scope_that_the_client_lost_is_not_given_again(
    relying: Relying, browser: Client
) -> None:
    token = tokens_of(relying, browser, scope="openid companies")["refresh_token"]
    EService.objects.filter(id=relying.row.id).update(scopes=["openid"])
    forget_everything()

    assert relying.refresh(token).json()["scope"] == "openid"
    assert error_of(relying.refresh(token, scope="companies")) == (400, "invalid_scope")

    EService.objects.filter(id=relying.row.id).update(scopes=["sign"])
    forget_everything()
    assert error_of(relying.refresh(token)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"refresh_token": None}, "invalid_request"),
        ({"refresh_token": "guess"}, "invalid_grant"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"resource": "https://other.example"}, "invalid_target"),
    ],
)
def test_a_refresh_that_asks_for_something_else_is_refused(
    relying: Relying, browser: Client, changes: dict[str, str | None], error: str
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]

    assert error_of(relying.refresh(token, **changes)) == (400, error)


def test_tokens_of_another_kind_refresh_nothing(relying: Relying, browser: Client) -> None:
    code = sign_in_code(relying, browser)
    tokens = relying.exchange(code).json()

    for other in (code, tokens["access_token"], tokens["id_token"]):
        assert error_of(relying.refresh(other)) == (400, "invalid_grant")
    assert relying.refresh(tokens["refresh_token"]).status_code == 200


def test_only_the_hash_of_a_refresh_token_is_kept(relying: Relying, browser: Client) -> None:
    token = tokens_of(relying, browser)["refresh_token"]

    kept = Grant.objects.get().refresh_token_hash

    assert kept is not None
    assert bytes(kept) == hashlib.sha256(token.encode()).digest()
    assert len(token) == 43


def restrict(kind: str, subject: Any, **changes: Any) -> None:
    Restriction.objects.create(
        **{
            "subject_kind": kind,
            "subject_id": subject.id,
            "kind": "court_order",
            "order_number": "HCMP 1/2026",
            "valid_from": timezone.now() - timedelta(days=1),
        }
        | changes
    )


def lose_office(director: Any) -> None:
    Officer.objects.filter(person=director).update(ceased_on=timezone.localdate())


def be_locked(director: Any) -> None:
    Person.objects.filter(id=director.id).update(status=Person.Status.LOCKED)


def be_restricted(director: Any) -> None:
    restrict("person", director)


def company_is_restricted(director: Any) -> None:
    restrict("company", director.company)


def company_is_struck_off(director: Any) -> None:
    director.company.status = CompanyStatus.STRUCK_OFF
    director.company.save()


@pytest.mark.parametrize(
    "ends",
    [lose_office, be_locked, be_restricted, company_is_restricted, company_is_struck_off],
)
def test_authority_is_asked_for_at_each_refresh(
    relying: Relying, browser: Client, director: Any, ends: Callable[[Any], None]
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]
    assert relying.refresh(token).status_code == 200

    ends(director)

    assert error_of(relying.refresh(token)) == (400, "invalid_grant")


def test_a_restriction_in_another_power_or_a_status_that_lets_sign_in_ends_nothing(
    relying: Relying, browser: Client, director: Any
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]
    restrict("company", director.company, powers=["corpid.members.manage"])
    director.company.status = CompanyStatus.REGISTRATION_EXPIRED
    director.company.save()

    answer = relying.refresh(token)

    assert answer.status_code == 200
    assert read_claims(answer.json()["id_token"])["corp"]["status"] == "registration_expired"


@pytest.fixture
def agency(client: Client) -> Any:
    """Sign in as staff of a firm that acts under a mandate."""
    harvest, firm = make_company(), make_company("ABC Secretaries Limited")
    agent = make_person("Wong Mei Ling", email="wong@abc.example")
    member = make_member(firm, agent, "filer")
    mandate = make_mandate(harvest, firm, SIGN_IN)
    mandate.users.create(member=member)
    sign_in_as(client, agent, company=harvest)
    return member, mandate


def end_mandate(mandate: Mandate) -> None:
    Mandate.objects.filter(id=mandate.id).update(
        status=Mandate.Status.ENDED, ended_how="revoked"
    )


@pytest.mark.parametrize("ended", ["mandate", "membership", "restriction of the mandate"])
def test_a_mandate_carries_refreshes_until_it_or_the_membership_ends(
    relying: Relying, client: Client, agency: Any, ended: str
) -> None:
    member, mandate = agency
    token = tokens_of(relying, client)["refresh_token"]
    assert relying.refresh(token).status_code == 200

    if ended == "mandate":
        end_mandate(mandate)
    elif ended == "membership":
        type(member).objects.filter(id=member.id).update(status="left")
    else:
        restrict("mandate", mandate)

    assert error_of(relying.refresh(token)) == (400, "invalid_grant")


def test_what_rested_on_a_mandate_does_not_go_on_by_another_one(
    relying: Relying, client: Client, agency: Any
) -> None:
    member, mandate = agency
    tokens = tokens_of(relying, client)
    another = make_mandate(mandate.principal, member.company, SIGN_IN)
    another.users.create(member=member)

    end_mandate(mandate)

    assert error_of(relying.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    told = relying.call(tokens["access_token"], "/oauth/userinfo")
    assert error_of(told) == (401, "invalid_token")
    assert tokens_of(relying, client)["scope"] == "openid"  # a new yes counts


def test_a_director_who_is_staff_by_now_signs_in_anew(
    relying: Relying, browser: Client, director: Any
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]
    make_member(director.company, director, "filer")
    assert relying.refresh(token).status_code == 200

    lose_office(director)

    assert MemberRole.objects.exists()
    assert error_of(relying.refresh(token)) == (400, "invalid_grant")


def test_staff_of_two_officer_firms_goes_on_by_the_firm_that_was_shown(
    relying: Relying, client: Client
) -> None:
    harvest, agent = make_company(), make_person("Wong Mei Ling", email="wong@abc.example")
    firms = [make_company("ABC Secretaries Limited"), make_company("XYZ Secretaries Limited")]
    offices = [make_officer(harvest, firm, Capacity.SECRETARY) for firm in firms]
    for firm in firms:
        make_member(firm, agent, "filer")
    sign_in_as(client, agent, company=harvest)
    tokens = tokens_of(relying, client)
    shown = read_claims(tokens["id_token"])["rep"]["chain"][0]["ubi"]
    [office] = [office for office in offices if office.firm and office.firm.ubi == shown]

    Officer.objects.filter(id=office.id).update(ceased_on=timezone.localdate())

    assert error_of(relying.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_a_client_that_is_switched_off_refreshes_nothing(
    relying: Relying, browser: Client
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]
    EService.objects.filter(id=relying.row.id).update(status=EService.Status.SUSPENDED)
    forget_everything()

    assert error_of(relying.refresh(token)) == (401, "invalid_client")


def test_a_client_that_may_not_sign_people_in_refreshes_nothing(
    relying: Relying, browser: Client
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]
    restrict("e_service", relying.row, powers=["corpid.wallet"])
    assert relying.refresh(token).status_code == 200

    restrict("e_service", relying.row, powers=[SIGN_IN])

    refused = relying.refresh(token)
    assert error_of(refused) == (400, "unauthorized_client")
    assert "HCMP" not in refused.content.decode()


def test_signing_out_of_the_portal_ends_refreshing(
    relying: Relying, browser: Client, director: Any
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]

    end_sessions(account=director.account, at=timezone.now())

    assert error_of(relying.refresh(token)) == (400, "invalid_grant")


def test_nothing_is_refreshed_for_a_browser_that_one_e_service_let_sign_in_anew(
    relying: Relying, browser: Client
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]
    other = make_relying()

    assert browser.get(other.address(prompt="login")).status_code == 303

    assert Grant.objects.get().ended_at is None
    assert error_of(relying.refresh(token)) == (400, "invalid_grant")


def test_every_refresh_is_recorded_for_the_company(
    relying: Relying, browser: Client, director: Any
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]

    relying.refresh(token)

    event = Event.objects.filter(kind="authentication.token.issued").latest("recorded_at")
    assert event.facts == {"grant_type": "refresh_token", "scopes": ["openid"]}
    assert (event.actor, event.company_id) == (
        f"e-service:{relying.client_id}",
        director.company.id,
    )


def at_once(relying: Relying, token: str, times: int) -> list[tuple[int, str]]:
    """Refresh so many times together; give the statuses and errors."""
    together = threading.Barrier(times)

    def refresh() -> tuple[int, str]:
        try:
            together.wait()
            answer = relying.refresh(token)
            return answer.status_code, answer.json().get("error", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        answers = [threads.submit(refresh) for _ in range(times)]
    return [answer.result() for answer in answers]


@pytest.mark.django_db(transaction=True)
def test_twenty_refreshes_at_once_are_good_and_refused_once_the_grant_is_revoked(
    relying: Relying, browser: Client
) -> None:
    token = tokens_of(relying, browser)["refresh_token"]

    while_it_lives = at_once(relying, token, 20)
    end_grants(grants=Grant.objects.all(), ending=Grant.Ending.REVOKED, at=timezone.now())
    afterwards = at_once(relying, token, 20)

    assert while_it_lives == [(200, "")] * 20
    assert afterwards == [(400, "invalid_grant")] * 20
