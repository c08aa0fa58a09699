"""Signing in with password and one-time code."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from authentication.models import BrowserSession, Grant, Person
from authentication.services.end_unused_sessions import end_unused_sessions
from corpid.audit.models import Event
from corpid.notices.models import Notice
from tests.authentication.e_service import make_relying, sign_in_code
from tests.makers import make_company, make_officer, make_person
from tests.signing_in import PASSWORD, code_of, give_device, sign_in_as

pytestmark = pytest.mark.django_db

EMAIL = "mei.ling@example.com"
STRANGER = "203.0.113.9"


@pytest.fixture
def person() -> Person:
    return make_person("Wong Mei Ling", email=EMAIL)


@pytest.fixture
def device(person: Person) -> TOTPDevice:
    assert person.account is not None
    return give_device(person.account)


def _try(client: Client, code: str, **changed: str) -> tuple[int, str]:
    """Post the form; give the status and the page without what differs at every drawing."""
    fields = {"email": EMAIL, "password": PASSWORD, "code": code, **changed}
    answer = client.post("/sign-in", fields)
    page = re.sub(r'name="(csrfmiddlewaretoken|email)"\s+.*?>', "", answer.content.decode())
    page = re.sub(r'<input[^>]*id="id_(email|code)"[^>]*>', "", page)
    return answer.status_code, page


def test_both_factors_sign_in_and_the_session_gets_a_new_key(
    client: Client, device: TOTPDevice
) -> None:
    client.get("/sign-in")
    client.session.save()
    before = client.session.session_key

    status, _ = _try(client, code_of(device))

    assert status == 302
    assert client.session.session_key != before
    assert BrowserSession.objects.open().count() == 1


def test_the_labels_are_those_that_people_and_scripts_look_for(client: Client) -> None:
    page = client.get("/sign-in").content.decode()

    labels = re.findall(r"<label[^>]*>([^<]*)</label>", page)
    assert labels == ["Email", "Password", "One-time code"]


def test_a_code_typed_in_two_groups_is_the_same_code(
    client: Client, device: TOTPDevice
) -> None:
    code = code_of(device)

    status, _ = _try(client, f"{code[:3]} {code[3:]}")

    assert status == 302


def test_every_refusal_is_the_same_page(client: Client, device: TOTPDevice) -> None:
    code = code_of(device)
    right_person_gone = make_person("Ho Gone", email="gone@example.com")
    Person.objects.filter(pk=right_person_gone.pk).update(status=Person.Status.DEAD)

    refusals = [
        _try(client, code, email="nobody@example.com"),
        _try(client, code, password="wrong"),
        _try(client, "000000"),
        _try(client, code, email="gone@example.com"),
    ]

    assert {status for status, _ in refusals} == {422}
    assert len({page for _, page in refusals}) == 1
    assert not BrowserSession.objects.exists()


def test_a_code_works_once(client: Client, device: TOTPDevice) -> None:
    code = code_of(device)
    _try(client, code)

    status, _ = _try(Client(), code)

    assert status == 422


def test_an_account_without_a_second_factor_can_not_sign_in(
    client: Client, person: Person
) -> None:
    assert _try(client, "123456")[0] == 422


def test_the_password_costs_the_same_for_an_account_that_does_not_exist(
    client: Client, device: TOTPDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    real = Argon2PasswordHasher.encode

    def counting(self: Argon2PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return real(self, password, salt)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counting)

    _try(client, "123456", email="nobody@example.com")

    assert len(hashed) == 1


def test_the_sixth_try_of_one_address_at_one_account_waits(
    client: Client, device: TOTPDevice
) -> None:
    for _ in range(5):
        assert _try(client, "000000", password="wrong")[0] == 422

    status, page = _try(client, code_of(device))

    assert status == 429
    assert "Too many tries" in page


def test_an_account_that_does_not_exist_is_slowed_in_the_same_way(client: Client) -> None:
    statuses = [_try(client, "000000", email="nobody@example.com")[0] for _ in range(6)]

    assert statuses == [422] * 5 + [429]


def test_a_stranger_can_not_lock_the_owner_out(client: Client, device: TOTPDevice) -> None:
    _try(client, code_of(device))  # the owner's own browser is known from now on
    client.post("/sign-out")
    for number in range(60):
        stranger = Client(REMOTE_ADDR=f"203.0.113.{number}")
        _try(stranger, "000000", password="guess")

    strangers = _try(Client(REMOTE_ADDR=STRANGER), "000000", password="guess")
    owner = _try(client, code_of(device))

    assert strangers[0] == 429
    assert owner[0] == 302


def test_a_sign_in_from_a_new_browser_is_told_once_for_that_browser(
    client: Client, device: TOTPDevice, person: Person
) -> None:
    for _ in range(2):
        _try(client, code_of(device))
        client.post("/sign-out")

    notices = Notice.objects.filter(person_id=person.id)
    assert [notice.kind for notice in notices] == ["security.signed_in_from_new_browser"]


def test_a_known_browser_of_another_account_is_a_stranger_here(
    client: Client, device: TOTPDevice
) -> None:
    attacker = Client()
    sign_in_as(attacker, make_person("Attacker", email="attacker@example.com"))
    attacker.post("/sign-out")

    statuses = [_try(attacker, "000000", password="guess")[0] for _ in range(6)]

    assert statuses[-1] == 429


def test_afterwards_only_a_page_of_this_site_is_gone_to(
    client: Client, device: TOTPDevice
) -> None:
    ours = client.post(
        "/sign-in",
        {"email": EMAIL, "password": PASSWORD, "code": code_of(device), "next": "/inbox"},
    )
    client.post("/sign-out")
    theirs = client.post(
        "/sign-in",
        {
            "email": EMAIL,
            "password": PASSWORD,
            "code": code_of(device),
            "next": "https://evil.example/",
        },
    )

    assert ours["Location"] == "/inbox"
    assert theirs["Location"] == "/choose-company"


def _is_signed_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


def test_an_hour_unused_ends_the_sign_in(client: Client, person: Person) -> None:
    start = timezone.now()
    sign_in_as(client, person)

    with time_machine.travel(start + timedelta(minutes=59), tick=False):
        assert _is_signed_in(client)
    with time_machine.travel(start + timedelta(minutes=59 + 61), tick=False):
        assert not _is_signed_in(client)


def _come_back(client: Client) -> None:
    client.get("/account")


def _never_come_back(_client: Client) -> None:
    end_unused_sessions(at=timezone.now())


@pytest.mark.parametrize("what_happens", [_come_back, _never_come_back])
@pytest.mark.parametrize(("age", "ends"), [(timedelta(hours=23), 0), (timedelta(hours=24), 1)])
def test_a_sign_in_whose_day_is_over_is_recorded_and_ends_what_was_given(
    client: Client,
    person: Person,
    what_happens: Callable[[Client], None],
    age: timedelta,
    ends: int,
) -> None:
    company, relying = make_company(), make_relying()
    make_officer(company, person)
    sign_in_as(client, person, company=company)
    assert relying.exchange(sign_in_code(relying, client)).status_code == 200
    BrowserSession.objects.update(started_at=timezone.now() - age)

    what_happens(client)

    assert Grant.objects.exclude(ended_at=None).count() == ends
    assert Event.objects.filter(kind="authentication.session_ended").count() == ends


@pytest.mark.parametrize(("minutes", "ends"), [(59, 0), (60, 1)])
def test_a_browser_that_never_comes_back_ends_after_its_hour(
    client: Client, person: Person, minutes: int, ends: int
) -> None:
    sign_in_as(client, person)
    seen = BrowserSession.objects.get().seen_at

    assert end_unused_sessions(at=seen + timedelta(minutes=minutes)) == ends

    assert BrowserSession.objects.exclude(ended_at=None).count() == ends


def test_asking_to_stay_extends_the_sign_in(client: Client, person: Person) -> None:
    start = timezone.now()
    sign_in_as(client, person)

    with time_machine.travel(start + timedelta(minutes=56), tick=False):
        assert client.post("/account/keep-session").status_code == 204
    with time_machine.travel(start + timedelta(minutes=110), tick=False):
        assert _is_signed_in(client)


def test_a_day_ends_the_sign_in_however_much_it_is_used(client: Client, person: Person) -> None:
    start = timezone.now()
    sign_in_as(client, person)

    for minutes in range(50, 24 * 60, 50):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert _is_signed_in(client)
    with time_machine.travel(start + timedelta(hours=24, seconds=1), tick=False):
        assert not _is_signed_in(client)


def test_signing_out_ends_the_session_and_takes_posts_only(
    client: Client, person: Person
) -> None:
    sign_in_as(client, person)
    cookie = client.cookies["session"].value

    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")

    stolen = Client()
    stolen.cookies["session"] = cookie
    assert not _is_signed_in(stolen)
    assert not BrowserSession.objects.open().exists()


def test_other_browsers_can_be_signed_out_from_here(client: Client, person: Person) -> None:
    sign_in_as(client, person)
    lost = Client()
    sign_in_as(lost, person)

    client.post("/account/security/sessions/end-others")

    assert _is_signed_in(client)
    assert not _is_signed_in(lost)


def test_nobody_ends_the_session_of_another(client: Client, person: Person) -> None:
    victim = Client()
    sign_in_as(victim, make_person("Victim", email="victim@example.com"))
    theirs = BrowserSession.objects.get()
    sign_in_as(client, person)

    client.post(f"/account/security/sessions/{theirs.id}/end")

    assert _is_signed_in(victim)


def test_a_session_of_the_database_alone_signs_nobody_in(
    client: Client, person: Person
) -> None:
    assert person.account is not None
    client.force_login(person.account)  # password only, and no row of ours

    assert not _is_signed_in(client)
