"""The caseworkers' admin: two factors, read only."""

from uuid import uuid4

import pytest
from django.test import Client

from authentication.models import Account, Caseworker
from corpid.audit.models import Event
from tests.makers import make_company, make_officer, make_person
from tests.signing_in import PASSWORD, code_of, give_device, sign_in_as

pytestmark = pytest.mark.django_db

EMAIL = "caseworker@agency.example"


@pytest.fixture
def caseworker(client: Client) -> Client:
    account = Account.objects.create_account(email=EMAIL, password=PASSWORD, is_staff=True)
    Caseworker.objects.create(account=account, name="Ng Caseworker")
    device = give_device(account)
    answer = client.post(
        "/sign-in", {"email": EMAIL, "password": PASSWORD, "code": code_of(device)}
    )
    assert answer["Location"] == "/admin/"
    return client


def test_a_caseworker_reads_every_list_and_changes_nothing(caseworker: Client) -> None:
    make_officer(make_company(), make_person())

    apps = caseworker.get("/admin/").context["app_list"]

    lists = [each["admin_url"] for app in apps for each in app["models"]]
    assert "/admin/authentication/company/" in lists
    for address in lists:
        assert caseworker.get(address).status_code == 200, address
        assert caseworker.get(f"{address}add/").status_code == 403, address


def test_the_secrets_of_one_time_codes_are_not_on_the_shelves(caseworker: Client) -> None:
    assert caseworker.get("/admin/otp_totp/totpdevice/").status_code == 404


def test_signed_out_the_way_leads_to_the_one_sign_in_page(client: Client) -> None:
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == "/sign-in?next=%2Fadmin%2F"


def test_a_person_who_is_no_caseworker_may_not_enter(client: Client) -> None:
    sign_in_as(client, make_person(email="lee@example.com"))

    answer = client.get("/admin/", follow=True)

    assert answer.status_code == 403


def test_a_password_alone_does_not_open_the_reading_room(client: Client) -> None:
    account = Account.objects.create_account(email=EMAIL, password=PASSWORD, is_staff=True)
    client.force_login(account)

    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith("/sign-in")


def test_a_company_sees_who_looked_at_its_record(caseworker: Client) -> None:
    company = make_company()

    shown = caseworker.get(f"/admin/authentication/company/{company.id}/change/")
    caseworker.get(f"/admin/authentication/company/{uuid4()}/change/")  # there is none

    assert shown.status_code == 200
    event = Event.objects.get(kind="caseworkers.company.viewed")
    assert event.company_id == company.id
    assert event.actor == f"caseworker:{Account.objects.get(email=EMAIL).id}"
