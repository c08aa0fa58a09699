"""A fresh proof of both factors, for one company and one digest."""

from datetime import timedelta

import pytest
import time_machine
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from authentication.models import Company, Person
from authentication.web.doors import ActingRequest, acting_required
from authentication.web.step_up import ask_step_up, take_step_up
from corpid.urls import urlpatterns as doors
from tests.makers import make_company, make_officer, make_person
from tests.signing_in import PASSWORD, code_of, sign_in_as

pytestmark = [pytest.mark.django_db]

DIGEST = "7f3a19c2" + "0" * 56
OTHER = "1" * 64


@acting_required
def _ask(request: ActingRequest) -> HttpResponse:
    return ask_step_up(
        request, subject="test:1", digest=DIGEST, what="Supply agreement", then="/test-take"
    )


@acting_required
def _take(request: ActingRequest) -> HttpResponse:
    digest = request.GET.get("digest", DIGEST)
    subject = request.GET.get("subject", "test:1")
    taken = take_step_up(request, subject=subject, digest=digest, at=timezone.now())
    return HttpResponse(str(taken))


def _handler(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    return HttpResponse(status=500)


handler400 = handler403 = handler404 = handler500 = _handler
urlpatterns = [*doors, path("test-ask", _ask), path("test-take", _take)]


@pytest.fixture(autouse=True)
def _doors() -> object:
    with override_settings(ROOT_URLCONF=__name__):
        yield


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


def _prove(client: Client, code: str, password: str = PASSWORD) -> int:
    client.get("/test-ask")
    answer = client.post("/sign-in/step-up", {"password": password, "code": code})
    return answer.status_code


def _taken(client: Client, digest: str = DIGEST, subject: str = "test:1") -> str:
    asked = {"digest": digest, "subject": subject}
    return client.get("/test-take", asked).content.decode()


def test_the_page_names_company_thing_and_file_code(client: Client, device: TOTPDevice) -> None:
    page = client.get("/test-ask", follow=True).content.decode()

    for shown in ("Golden Harvest Trading Limited", "Supply agreement", "7F3A-19C2"):
        assert shown in page


def test_a_proof_counts_once_for_its_digest(client: Client, device: TOTPDevice) -> None:
    assert _prove(client, code_of(device)) == 302

    assert _taken(client) == "True"
    assert _taken(client) == "False"


def test_a_proof_does_not_count_for_another_digest(client: Client, device: TOTPDevice) -> None:
    _prove(client, code_of(device))

    assert _taken(client, OTHER) == "False"


def test_a_proof_does_not_count_for_another_subject_with_the_same_digest(
    client: Client, device: TOTPDevice
) -> None:
    _prove(client, code_of(device))

    assert _taken(client, subject="test:2") == "False"
    assert _taken(client) == "True"


def test_a_proof_counts_for_five_minutes(client: Client, device: TOTPDevice) -> None:
    _prove(client, code_of(device))

    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1)):
        assert _taken(client) == "False"


def test_a_proof_does_not_count_for_another_company(
    client: Client, device: TOTPDevice, person: Person
) -> None:
    other = make_company("Other Limited")
    make_officer(other, person)
    _prove(client, code_of(device))

    client.post("/choose-company", {"company": other.id})

    assert _taken(client) == "False"


def test_the_code_of_the_sign_in_does_not_work_again(client: Client, person: Person) -> None:
    make_officer(make_company(), person)
    assert person.account is not None
    device = TOTPDevice.objects.create(user=person.account, name="phone")
    code = code_of(device)
    client.post("/sign-in", {"email": "chan@example.com", "password": PASSWORD, "code": code})

    assert _prove(client, code) == 422
    assert _taken(client) == "False"


def test_a_wrong_password_proves_nothing(client: Client, device: TOTPDevice) -> None:
    assert _prove(client, code_of(device), password="wrong") == 422
    assert _taken(client) == "False"


def test_guessing_is_slowed(client: Client, device: TOTPDevice) -> None:
    statuses = [_prove(client, "000000", password="guess") for _ in range(11)]

    assert statuses[-1] == 429


def test_without_a_question_there_is_nothing_to_prove(
    client: Client, device: TOTPDevice
) -> None:
    assert client.get("/sign-in/step-up").status_code == 409
