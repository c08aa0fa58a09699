"""The caseworker's view of e-mails and webhooks: all but secrets, and nothing to change."""

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from authentication.models import Account, Caseworker
from corpid.notices.models import (
    BouncingAddress,
    NoticeMail,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
)
from tests.makers import NOW, make_person
from tests.notices.conftest import Post, Receiver
from tests.notices.test_send_mail import ask_to_sign
from tests.signing_in import PASSWORD, code_of, give_device

pytestmark = pytest.mark.django_db

EMAIL = "caseworker@agency.example"
MODELS = [NoticeMail, BouncingAddress, WebhookEndpoint, WebhookDelivery, WebhookAttempt]
LISTS = [
    "noticemail",
    "bouncingaddress",
    "webhookendpoint",
    "webhookdelivery",
    "webhookattempt",
]


@pytest.fixture
def caseworker(client: Client) -> Client:
    account = Account.objects.create_account(email=EMAIL, password=PASSWORD, is_staff=True)
    Caseworker.objects.create(account=account, name="Ng Caseworker")
    code = code_of(give_device(account))
    client.post("/sign-in", {"email": EMAIL, "password": PASSWORD, "code": code})
    return client


def bounce(number: int) -> None:
    BouncingAddress.objects.create(
        address=f"lee{number}@example.com", answer="550 no such box", bounced_at=NOW
    )


def test_each_delivery_and_its_attempts_can_be_read(
    caseworker: Client, post: Post, receiver: Receiver
) -> None:
    receiver.statuses, receiver.answer = [503], b"<b>busy</b>"
    delivery = post.deliver(post.tell())

    deliveries = caseworker.get("/admin/notices/webhookdelivery/").content.decode()
    attempts = caseworker.get(f"/admin/notices/webhookattempt/?q={delivery.reference}")
    one = caseworker.get(f"/admin/notices/webhookdelivery/{delivery.pk}/change/")

    assert delivery.reference in deliveries
    assert "failed, is tried again" in deliveries
    assert "&lt;b&gt;busy&lt;/b&gt;" in attempts.content.decode()
    assert one.status_code == 200


def test_an_e_mail_that_came_back_is_found_by_its_address(caseworker: Client) -> None:
    mail = ask_to_sign(make_person("Lee Siu Ming", email="lee@example.com"))
    type(mail).objects.filter(pk=mail.pk).update(
        state="bounced",
        address="lee@example.com",
        answer="550 no such box",
        ended_at=mail.asked_at,
    )

    found = caseworker.get("/admin/notices/noticemail/?q=lee@example.com").content.decode()
    other = caseworker.get("/admin/notices/noticemail/?q=lee@example.co").content.decode()

    assert "550 no such box" in found
    assert "550 no such box" not in other


def test_secrets_are_not_on_the_shelves(caseworker: Client, post: Post) -> None:
    assert WebhookSecret.objects.exists()

    assert caseworker.get("/admin/notices/webhooksecret/").status_code == 404
    endpoint = caseworker.get(f"/admin/notices/webhookendpoint/{post.endpoint.pk}/change/")
    assert post.secret not in endpoint.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_nothing_can_be_added_or_deleted_there(
    caseworker: Client, post: Post, receiver: Receiver, model: type[Model]
) -> None:
    post.deliver(post.tell())
    ask_to_sign(make_person("Lee Siu Ming", email="lee@example.com"))
    bounce(1)
    row = model._default_manager.first()  # noqa: SLF001  Django's name for it
    assert row is not None
    address = f"/admin/notices/{model._meta.model_name}/"  # noqa: SLF001  as above

    for change in ("add/", f"{row.pk}/delete/"):
        assert caseworker.post(f"{address}{change}", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
    caseworker.post(address, chosen)

    assert model._default_manager.filter(pk=row.pk).exists()  # noqa: SLF001  as above


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_as_often_for_three_as_for_one(
    caseworker: Client, post: Post, receiver: Receiver, name: str
) -> None:
    person = make_person("Lee Siu Ming", email="lee@example.com")

    def queries(number: int) -> int:
        post.deliver(post.tell())
        ask_to_sign(person, number)
        bounce(number)
        with CaptureQueriesContext(connection) as captured:
            assert caseworker.get(f"/admin/notices/{name}/").status_code == 200
        return len(captured)

    first = queries(1)
    queries(2)

    assert queries(3) == first
