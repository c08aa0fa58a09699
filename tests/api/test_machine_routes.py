"""Machine routes take the short way, and lose nothing on it."""

import pytest
from django.conf import settings
from django.test import Client, override_settings

from tests.makers import make_company, make_officer, make_person
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db


def test_a_machine_answer_is_framed_by_nobody_and_loads_nothing(client: Client) -> None:
    answer = client.get("/api/v1/companies")

    assert answer.status_code == 401
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Content-Length"] == str(len(answer.content))
    assert not answer.cookies


def test_a_machine_route_asks_no_session(
    client: Client, django_assert_num_queries: object
) -> None:
    person, company = make_person("Chan Ka Yan", email="chan@example.com"), make_company()
    make_officer(company, person)
    sign_in_as(client, person, company=company)

    with django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django's
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("asked", "spoken"), [({}, "en"), ({"Accept-Language": "zh-HK"}, "zh-hant")]
)
def test_a_machine_is_answered_in_the_language_that_it_asks_for(
    client: Client, asked: dict[str, str], spoken: str
) -> None:
    answer = client.get("/api/v1/companies", headers=asked)

    assert answer["Content-Language"] == spoken
    assert "Accept-Language" in answer["Vary"]


def test_a_page_keeps_the_readers_language_and_its_own_policy(client: Client) -> None:
    client.cookies["language"] = "zh-hans"

    answer = client.get("/sign-in")

    assert answer["Content-Language"] == "zh-hans"
    assert "default-src 'none';" in answer["Content-Security-Policy"] + ";"
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_an_address_that_was_found_before_still_refuses_another_method(client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/healthz").status_code == 200

    refused = client.post("/healthz")

    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(("address", "status"), [("/api/v1/%00", 404), ("/healthz?a=%00", 400)])
def test_control_characters_in_a_machines_address_name_nothing(
    client: Client, address: str, status: int
) -> None:
    answer = client.get(address)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["X-Frame-Options"] == "DENY"


def test_a_machine_is_sent_to_https_too() -> None:
    with override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=60):
        client = Client(headers={"host": settings.BASE_HOST})
        sent = client.get("/api/v1/companies")
        probed = client.get("/healthz")

    assert (sent.status_code, probed.status_code) == (301, 200)
    assert sent["Location"].startswith("https://")
    assert sent["Strict-Transport-Security"].startswith("max-age=60")
