"""A fresh proof of both factors, for one company and one digest."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django_otp.plugins.otp_totp.models import TOTPDevice

from authentication.models import Company, Person
from authentication.web.doors import ActingRequest, acting_required
from authentication.web.step_up import _STEPS, ask_step_up, when_proven
from corpid.audit.models import Event
from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict
from corpid.urls import urlpatterns as doors
from tests.makers import make_company, make_officer, make_person
from tests.signing_in import PASSWORD, code_of, sign_in_as

pytestmark = [pytest.mark.django_db]

DIGEST = "7f3a19c2" + "0" * 56
OTHER = "1" * 64
SUBJECT = "test:1"


@acting_required
def _ask(request: ActingRequest) -> HttpResponse:
    return ask_step_up(
        request,
        subject=request.GET.get("subject", SUBJECT),
        digest=DIGEST,
        what="Supply agreement",
    )


def _handler(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    return HttpResponse(status=500)


handler400 = handler403 = handler404 = handler500 = _handler
urlpatterns = [*doors, path("test-ask", _ask)]


@pytest.fixture(autouse=True)
def _doors() -> object:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture(autouse=True)
def done() -> Iterator[list[tuple[str, str]]]:
    """What was done for a proof: subjects and digests."""
    done: list[tuple[str, str]] = []

    @when_proven("test")
    def note(request: ActingRequest, *, subject: str, digest: str, at: datetime) -> str:
        assert request.method == "POST"
        done.append((subject, digest))
        return "/done"

    yield done
    del _STEPS["test"]


class Refused(Conflict):
    code = "refused_in_a_test"
    title = "Refused."
    remedy = "Try another test."


@pytest.fixture
def refusing() -> Iterator[None]:
    """A step that writes, and then refuses."""

    @when_proven("refusing")
    def refuse(request: ActingRequest, *, subject: str, digest: str, at: datetime) -> str:
        record_event(kind="test.begun", at=at, actor="system", subject=subject, facts={})
        raise Refused

    yield
    del _STEPS["refusing"]


def recorded(*kinds: str) -> list[str]:
    return [kind for kind in Event.objects.values_list("kind", flat=True) if kind in kinds]


@pytest.fixture
def person() -> Person:
    return make_person("Chan Ka Yan", email="chan@example.com")


@pytest.fixture
def company(person: Person) -> Company:
    company = make_company()
    make_officer(company, person)
    return company


@pytest.fixture
def device(client: Client, person: Person, company: Company) -> TOTPDevice:
    return sign_in_as(client, person, company=company)


def _prove(client: Client, code: str, **changes: str) -> int:
    client.get("/test-ask")
    return _send(client, code, **changes)


def _send(client: Client, code: str, **changes: str) -> int:
    shown = {"subject": SUBJECT, "digest": DIGEST, "password": PASSWORD, "code": code}
    return client.post("/sign-in/step-up", shown | changes).status_code


def test_the_page_names_company_thing_and_file_code(client: Client, device: TOTPDevice) -> None:
    page = client.get("/test-ask", follow=True).content.decode()

    for shown in ("Golden Harvest Trading Limited", "Supply agreement", "7F3A-19C2"):
        assert shown in page


def test_the_step_happens_in_the_post_that_proves_and_once(
    client: Client, device: TOTPDevice, done: list[tuple[str, str]]
) -> None:
    first = _prove(client, code_of(device))
    second = _send(client, code_of(device))

    assert (first, second) == (302, 409)
    assert done == [(SUBJECT, DIGEST)]


def test_the_proof_is_in_the_log_with_what_was_done(client: Client, device: TOTPDevice) -> None:
    _prove(client, code_of(device))

    assert recorded("authentication.stepped_up") == ["authentication.stepped_up"]


@pytest.mark.usefixtures("refusing")
def test_a_step_that_refuses_leaves_no_proof_and_its_code_stays_used(
    client: Client, device: TOTPDevice, done: list[tuple[str, str]]
) -> None:
    subject, code = "refusing:1", code_of(device)
    client.get("/test-ask", {"subject": subject})

    assert _send(client, code, subject=subject) == 409
    assert recorded("authentication.stepped_up", "test.begun") == []
    assert _prove(client, code) == 422
    assert done == []


@pytest.mark.parametrize("changed", [{"digest": OTHER}, {"subject": "test:2"}, {"subject": ""}])
def test_a_form_drawn_for_another_thing_proves_nothing(
    client: Client, device: TOTPDevice, done: list[tuple[str, str]], changed: dict[str, str]
) -> None:
    assert _prove(client, code_of(device), **changed) == 409

    assert done == []


def test_what_another_tab_asked_for_since_is_not_what_the_first_confirms(
    client: Client, device: TOTPDevice, done: list[tuple[str, str]]
) -> None:
    client.get("/test-ask")
    client.get("/test-ask", {"subject": "test:2"})

    assert _send(client, code_of(device)) == 409
    assert _send(client, code_of(device), subject="test:2") == 302
    assert done == [("test:2", DIGEST)]


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_page_does_nothing_whatever_its_address_says(
    client: Client, device: TOTPDevice, done: list[tuple[str, str]], method: str
) -> None:
    client.get("/test-ask")
    shown = {"subject": SUBJECT, "digest": DIGEST, "password": PASSWORD}

    answer = getattr(client, method)("/sign-in/step-up", shown | {"code": code_of(device)})

    assert answer.status_code == 200
    assert done == []


def test_without_the_token_of_the_form_nothing_is_proven(
    person: Person, company: Company, done: list[tuple[str, str]]
) -> None:
    client = Client()
    device = sign_in_as(client, person, company=company)
    client.handler.enforce_csrf_checks = True

    assert _prove(client, code_of(device)) == 403
    assert done == []


def test_a_question_for_one_company_is_not_answered_for_another(
    client: Client, device: TOTPDevice, person: Person, done: list[tuple[str, str]]
) -> None:
    other = make_company("Other Limited")
    make_officer(other, person)
    client.get("/test-ask")
    client.post("/choose-company", {"company": other.id})

    assert _send(client, code_of(device)) == 409
    assert done == []


def test_the_code_of_the_sign_in_does_not_work_again(
    client: Client, person: Person, done: list[tuple[str, str]]
) -> None:
    make_officer(make_company(), person)
    assert person.account is not None
    device = TOTPDevice.objects.create(user=person.account, name="phone")
    code = code_of(device)
    client.post("/sign-in", {"email": "chan@example.com", "password": PASSWORD, "code": code})

    assert _prove(client, code) == 422
    assert done == []


def test_a_wrong_password_proves_nothing(
    client: Client, device: TOTPDevice, done: list[tuple[str, str]]
) -> None:
    assert _prove(client, code_of(device), password="wrong") == 422
    assert done == []
    assert recorded("authentication.stepped_up") == []


def test_guessing_is_slowed(client: Client, device: TOTPDevice) -> None:
    statuses = [_prove(client, "000000", password="guess") for _ in range(11)]

    assert statuses[-1] == 429


def test_without_a_question_there_is_nothing_to_prove(
    client: Client, device: TOTPDevice
) -> None:
    assert client.get("/sign-in/step-up").status_code == 409
