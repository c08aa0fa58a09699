"""The pages after the answer: progress, the way back, the list, the receipt, withdrawing."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from prefill.models import PrefillRequest
from prefill.services.record_outcome import record_outcome
from tests.demonstration.register_simulator import RunningRegisters
from tests.makers import make_company, make_member, make_officer, make_person
from tests.prefill.world import RESUME_URI, PrefillWorld
from tests.signing_in import sign_in_as


@pytest.fixture
def browser(client: Client, world: PrefillWorld) -> Client:
    sign_in_as(client, world.director, company=world.company)
    return client


def seen(browser: Client, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200, response.status_code
    return html.unescape(
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
    )


def test_progress_leads_back_to_the_e_service_by_itself(
    browser: Client, world: PrefillWorld
) -> None:
    request = world.arrived()
    world.agree(request)
    path = f"/forms/{request.reference}/progress"

    before = browser.get(path).json()
    world.fetch(request)
    after = browser.get(path).json()

    assert before == {"done": 0, "total": 0, "message": "Asking the registers", "next": ""}
    assert after["next"] == RESUME_URI


def test_the_form_page_shows_every_field_with_its_source(
    browser: Client, world: PrefillWorld, registers: RunningRegisters
) -> None:
    registers.fault("business_registration", "wrong_company")
    request = world.fetched()

    page = seen(browser, f"/forms/{request.reference}")

    assert "Ready in part for Harbour Bank" in page
    assert "Return to the form at Harbour Bank" in page
    assert "Company name in English Ready Companies Registry" in page
    assert (
        "Nature of business Not available The register answered about another company" in page
    )
    assert "GOLDEN HARVEST TRADING LIMITED" not in page


def test_sent_is_not_called_filed_until_the_e_service_says_so(
    browser: Client, world: PrefillWorld
) -> None:
    request = world.fetched()
    world.collect(request)
    path = f"/forms/{request.reference}"

    sent = seen(browser, path)
    record_outcome(
        reference=request.reference,
        e_service_id=world.bank.id,
        outcome="filed",
        outcome_reference="HB-42",
        accepted_at=world.now,
        at=world.now,
    )
    filed = seen(browser, path)

    assert "Sent. Not yet confirmed as filed by Harbour Bank." in sent
    assert "HB-42" in filed
    assert "Not yet confirmed" not in filed


def test_the_list_shows_who_asked_and_how_it_stands(
    browser: Client, world: PrefillWorld
) -> None:
    world.collect(world.fetched())
    world.agree(world.arrived(), "cr.company.number")

    page = seen(browser, "/consents")

    assert "Business account opening Harbour Bank" in page
    assert "Sent" in page
    assert "Nothing was sent" in page


def test_the_list_asks_the_database_as_often_for_three_as_for_one(
    browser: Client, world: PrefillWorld
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/consents")
        return len(captured)

    world.fetched()
    queries()
    for_one = queries()
    world.fetched()
    world.fetched()

    assert queries() == for_one


def test_an_empty_list_says_so(browser: Client) -> None:
    assert "Nobody has asked for the company's data yet" in seen(browser, "/consents")


def test_older_answers_stand_on_the_next_page(browser: Client, world: PrefillWorld) -> None:
    for _ in range(51):
        world.agree(world.arrived(), "cr.company.number")
        world.pass_by(timedelta(seconds=1))

    first = browser.get("/consents").content.decode()
    older = re.search(r'href="(\?older_than=[^"]+)"', first)
    assert older
    second = browser.get("/consents" + older[1]).content.decode()

    assert first.count("/consents/con_") == 50
    assert second.count("/consents/con_") == 1
    assert browser.get("/consents?older_than=x").status_code == 404


def test_withdrawing_destroys_what_waits_and_is_told(
    browser: Client, world: PrefillWorld
) -> None:
    request = world.fetched()
    path = f"/consents/{request.consent.reference}"

    response = browser.post(f"{path}/withdraw", {"drawn_for": "71234567"})

    assert response["Location"] == path
    page = seen(browser, path)
    assert "You have withdrawn this consent." in page
    assert "Withdraw this consent" not in page
    kept = PrefillRequest.objects.get(pk=request.pk)
    assert (kept.state, kept.sealed_values) == (PrefillRequest.State.REVOKED, None)


def test_a_sent_consent_can_still_be_withdrawn(browser: Client, world: PrefillWorld) -> None:
    request = world.fetched()
    sealed = world.collect(request)
    path = f"/consents/{request.consent.reference}"

    assert "The bank may keep them for 90 days if no account is opened." in seen(browser, path)
    browser.post(f"{path}/withdraw")

    assert "Withdrawn" in seen(browser, path)
    release = request.consent.releases.get()
    assert (release.reference, release.sealed) == (sealed.reference, "")
    assert "Sent. Not yet confirmed" in seen(browser, f"/forms/{request.reference}")


def test_the_receipt_can_be_taken_along(browser: Client, world: PrefillWorld) -> None:
    request = world.fetched()

    response = browser.get(f"/consents/{request.consent.reference}/receipt")

    assert response["Content-Type"] == "application/jwt"
    assert response.content.decode() == request.consent.receipt.jws


def test_a_refusal_has_no_receipt(browser: Client, world: PrefillWorld) -> None:
    consent = world.agree(world.arrived(), "cr.company.number")

    assert browser.get(f"/consents/{consent.reference}/receipt").status_code == 404
    assert "Withdraw this consent" not in seen(browser, f"/consents/{consent.reference}")


@pytest.mark.parametrize(
    "path",
    [
        "/forms/{request}",
        "/forms/{request}/progress",
        "/consents/{consent}",
        "/consents/{consent}/receipt",
        "/consents/new?request={request}",
    ],
)
def test_another_companys_pages_are_nothing(world: PrefillWorld, path: str) -> None:
    request = world.fetched()
    stranger = make_person("Stranger", email="stranger@example.com")
    other = make_company("Jade Garden Limited")
    make_officer(other, stranger)
    client = Client()
    sign_in_as(client, stranger, company=other)

    filled = path.format(request=request.reference, consent=request.consent.reference)

    assert client.get(filled).status_code == 404


def test_another_company_withdraws_nothing(world: PrefillWorld) -> None:
    request = world.fetched()
    stranger = make_person("Stranger", email="stranger@example.com")
    other = make_company("Jade Garden Limited")
    make_officer(other, stranger)
    client = Client()
    sign_in_as(client, stranger, company=other)

    response = client.post(f"/consents/{request.consent.reference}/withdraw")

    assert response.status_code == 404
    assert world.consent_of(request).revoked_at is None


def test_who_may_only_look_withdraws_nothing(world: PrefillWorld) -> None:
    request = world.fetched()
    viewer = make_person("Ho Viewer", email="ho@harvest.example")
    make_member(world.company, viewer, "viewer")
    client = Client()
    sign_in_as(client, viewer, company=world.company)
    path = f"/consents/{request.consent.reference}"

    assert client.get(path).status_code == 200
    assert client.post(f"{path}/withdraw").status_code == 403
    assert world.consent_of(request).revoked_at is None


def test_who_may_not_even_look_sees_nothing(world: PrefillWorld) -> None:
    request = world.fetched()
    clerk = make_person("Ho Clerk", email="ho@harvest.example")
    make_member(world.company, clerk)
    client = Client()
    sign_in_as(client, clerk, company=world.company)

    for path in ("/consents", f"/forms/{request.reference}"):
        assert client.get(path).status_code == 403


def test_an_answered_request_leads_to_its_form(browser: Client, world: PrefillWorld) -> None:
    request = world.fetched()

    response = browser.get(f"/consents/new?request={request.reference}")

    assert response["Location"] == f"/forms/{request.reference}"


def test_strangers_are_sent_to_sign_in(client: Client, world: PrefillWorld) -> None:
    request = world.fetched()

    for path in ("/consents", f"/forms/{request.reference}", "/consents/new?request=x"):
        assert client.get(path)["Location"].startswith("/sign-in?next=")
