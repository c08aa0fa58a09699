"""The consent screen, as a person meets it in the browser."""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client

from authentication.models import CompanyStatus
from corpid.jobs.models import Job
from corpid.notices.models import Notice
from prefill.models import Consent, PrefillRequest
from prefill.services.end_requests import end_requests
from tests.demonstration.register_simulator import RunningRegisters
from tests.makers import make_company, make_member, make_officer, make_person
from tests.prefill.world import PrefillWorld
from tests.signing_in import sign_in_as


@pytest.fixture
def browser(client: Client, world: PrefillWorld) -> Client:
    sign_in_as(client, world.director, company=world.company)
    return client


def address(world: PrefillWorld) -> str:
    return f"/consents/new?request_uri={quote(world.push().request_uri)}"


def arrive(browser: Client, world: PrefillWorld) -> str:
    """Follow the link that the bank sent the browser to; give the page's own path."""
    answer = browser.get(address(world))
    assert answer.status_code == 302
    return str(answer["Location"])


def seen(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).strip())


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', page)
    assert found, name
    return found[1]


def answer(browser: Client, path: str, decision: str, *untick: str, **more: str) -> Any:
    page = browser.get(path).content.decode()
    items = set(re.findall(r'name="items"\s+(?:type="checkbox"\s+)?value="([^"]+)"', page))
    return browser.post(
        "/consents/new",
        {
            "request": hidden(page, "request"),
            "notice": hidden(page, "notice"),
            "notice_language": hidden(page, "notice_language"),
            "drawn_for": hidden(page, "drawn_for"),
            "items": sorted(items - set(untick)),
            "decision": decision,
            **more,
        },
    )


def test_the_screen_says_who_asks_for_what_why_and_for_how_long(
    browser: Client, world: PrefillWorld
) -> None:
    page = seen(browser.get(arrive(browser, world)).content.decode())

    for sentence in (
        "Harbour Bank asks for 14 details of Golden Harvest Trading Limited, to open",
        "a business account.",
        "13 are ready now; 1 belongs to the officers, who must agree themselves.",
        "The bank may keep them for 90 days if no account is opened.",
        "You can say no and type the details yourself.",
        "You can withdraw later: the bank must then delete them and confirm it,",
        "except what the law makes it keep.",
        "Agree and send 13",
        "Send nothing",
    ):
        assert sentence in page


def test_nothing_is_shown_of_the_values_until_they_are_asked_for(
    browser: Client, world: PrefillWorld
) -> None:
    path = arrive(browser, world)

    plain = browser.get(path).content.decode()
    preview = browser.get(f"{path}&preview=1").content.decode()

    assert "71234567-000-03-26-4" not in plain
    assert "71234567-000-03-26-4" in preview
    assert "LEE SIU MING" in preview


def test_a_register_that_is_down_is_said_before_the_yes(
    browser: Client, world: PrefillWorld, registers: RunningRegisters
) -> None:
    registers.fault("business_registration", "500")

    page = seen(browser.get(arrive(browser, world)).content.decode())

    assert "1 register isn't answering (you can type it later)" in page
    assert "Agree and send 11" in page


def test_a_register_that_hangs_does_not_hold_the_page(
    browser: Client, world: PrefillWorld, registers: RunningRegisters
) -> None:
    registers.fault("business_registration", "slow", seconds=5)

    response = browser.get(arrive(browser, world))

    assert response.status_code == 200
    assert "Too slow to answer" in response.content.decode()


def test_to_agree_starts_one_job_and_shows_its_progress(
    browser: Client, world: PrefillWorld
) -> None:
    response = answer(browser, arrive(browser, world), "agree")

    request = PrefillRequest.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/forms/{request.reference}")
    assert request.state == PrefillRequest.State.FETCHING
    assert Job.objects.filter(kind="prefill.retrieve").count() == 1
    page = browser.get(response["Location"]).content.decode()
    assert f"/forms/{request.reference}/progress" in page


def test_an_unticked_item_stays_here(browser: Client, world: PrefillWorld) -> None:
    answer(browser, arrive(browser, world), "agree", "cr.capital.issued")

    consent = Consent.objects.get()
    refused = consent.items.filter(is_granted=False).values_list("item_key", flat=True)
    assert (consent.decision, list(refused)) == ("given", ["cr.capital.issued"])


def test_to_leave_out_a_needed_item_refuses_the_whole(
    browser: Client, world: PrefillWorld
) -> None:
    answer(browser, arrive(browser, world), "agree", "cr.company.number")

    assert Consent.objects.get().decision == "refused"
    assert PrefillRequest.objects.get().state == PrefillRequest.State.REFUSED
    assert not Job.objects.exclude(kind="notices.send_mail").exists()


def test_to_send_nothing_sends_nothing_and_leads_back(
    browser: Client, world: PrefillWorld
) -> None:
    response = answer(browser, arrive(browser, world), "nothing")

    page = seen(browser.get(response["Location"]).content.decode())
    assert "Nothing was sent" in page
    assert "Return to the form at Harbour Bank" in page
    assert not Job.objects.exclude(kind="notices.send_mail").exists()


def test_an_unknown_decision_counts_as_no(browser: Client, world: PrefillWorld) -> None:
    answer(browser, arrive(browser, world), "surely")

    assert Consent.objects.get().decision == "refused"


def test_an_item_that_nobody_asked_for_is_not_granted(
    browser: Client, world: PrefillWorld
) -> None:
    answer(browser, arrive(browser, world), "agree", items="ird.business.status")

    assert Consent.objects.get().decision == "refused"
    assert not Consent.objects.get().items.filter(item_key="ird.business.status").exists()


def test_the_same_answer_twice_counts_once(browser: Client, world: PrefillWorld) -> None:
    path = arrive(browser, world)
    page = browser.get(path).content.decode()
    form = {
        "request": hidden(page, "request"),
        "notice": hidden(page, "notice"),
        "notice_language": "en",
        "decision": "nothing",
    }

    first, second = browser.post("/consents/new", form), browser.post("/consents/new", form)

    assert (first.status_code, second.status_code) == (302, 409)
    assert Consent.objects.count() == 1


def test_nobody_agrees_to_a_text_that_has_changed_since(
    browser: Client, world: PrefillWorld
) -> None:
    path = arrive(browser, world)
    page = browser.get(path).content.decode()
    world.bank.name_en = "Harbour Bank (Offshore)"
    world.bank.save(update_fields=["name_en"])

    response = browser.post(
        "/consents/new",
        {
            "request": hidden(page, "request"),
            "notice": hidden(page, "notice"),
            "notice_language": "en",
            "decision": "agree",
        },
    )

    assert response.status_code == 409
    assert not Consent.objects.exists()


def test_the_address_works_once_and_only_for_the_browser_that_used_it(
    browser: Client, world: PrefillWorld
) -> None:
    link = address(world)

    first, reload = browser.get(link), browser.get(link)
    other = Client()
    sign_in_as(other, world.director, company=world.company)
    stolen = other.get(link)
    guessed = other.get(first["Location"])

    assert first["Location"] == reload["Location"]
    assert stolen.status_code == 410
    assert guessed.status_code == 404


def test_the_address_dies_after_ten_minutes(browser: Client, world: PrefillWorld) -> None:
    link = address(world)

    with time_machine.travel(world.now + timedelta(minutes=10, seconds=1)):
        response = browser.get(link)

    assert response.status_code == 410
    assert PrefillRequest.objects.get().state == PrefillRequest.State.REQUESTED


@pytest.mark.parametrize("uri", ["", "urn:corpid:prefill:", "urn:corpid:prefill:x", "x" * 5000])
def test_an_address_that_never_was_is_gone(browser: Client, uri: str) -> None:
    assert browser.get("/consents/new", {"request_uri": uri}).status_code == 410


def test_a_stranger_signs_in_first_and_comes_back_to_the_screen(
    client: Client, world: PrefillWorld
) -> None:
    path = arrive(client, world)

    detour = client.get(path)

    assert detour["Location"].startswith("/sign-in?next=%2Fconsents%2Fnew%3Frequest%3Dpre_")
    sign_in_as(client, world.director, company=world.company)
    assert client.get(path).status_code == 200


def test_a_request_about_another_company_is_not_shown(
    world: PrefillWorld, client: Client
) -> None:
    other = make_company("Jade Garden Limited")
    make_officer(other, world.director)
    sign_in_as(client, world.director, company=other)
    link = f"/consents/new?request_uri={quote(world.push(ubi='71234567').request_uri)}"

    response = client.get(client.get(link)["Location"])

    assert response.status_code == 403
    assert "Golden Harvest" not in response.content.decode()


def test_a_clerk_without_the_power_is_told_why_not(client: Client, world: PrefillWorld) -> None:
    clerk = make_person("Ho Clerk", email="ho@harvest.example")
    make_member(world.company, clerk)
    sign_in_as(client, clerk, company=world.company)

    response = client.get(arrive(client, world))

    assert response.status_code == 403
    assert "You do not have the power to do this" in response.content.decode()


def test_a_struck_off_company_agrees_to_nothing(browser: Client, world: PrefillWorld) -> None:
    path = arrive(browser, world)
    world.company.status = CompanyStatus.STRUCK_OFF
    world.company.save(update_fields=["status"])

    assert browser.get(path).status_code == 403


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "zh-hant",
            [
                "海港銀行要求取得金穗貿易有限公司的 14 項資料,用作開立商業戶口。",
                "如最終沒有開戶,銀行最多可保留資料 90 天。",
                "你可以拒絕,並自行填寫有關資料。",
                "你日後亦可撤回同意:除法例規定須保留的資料外,銀行必須刪除並作出確認。",
                "同意並傳送 13 項",
                "不傳送",
            ],
        ),
        (
            "zh-hans",
            [
                "海港银行要求取得金穗贸易有限公司的 14 项资料,用于开立商业账户。",
                "如最终没有开户,银行最多可保留资料 90 天。",
                "你可以拒绝,并自行填写有关资料。",
                "你日后也可撤回同意:除法例规定须保留的资料外,银行必须删除并作出确认。",
                "同意并发送 13 项",
                "不发送",
            ],
        ),
    ],
)
def test_the_screen_reads_as_it_was_written_in_both_chineses(
    browser: Client, world: PrefillWorld, language: str, sentences: list[str]
) -> None:
    browser.cookies["language"] = language

    page = seen(browser.get(arrive(browser, world)).content.decode())

    for sentence in sentences:
        assert sentence in page


def test_the_question_waits_in_the_inbox_of_the_person_who_signed_in_there(
    browser: Client, world: PrefillWorld
) -> None:
    pushed = world.push(company_id=world.company.id, person_id=world.director.id)
    notice = Notice.objects.get(kind="prefill.consent_asked")

    page = browser.get(notice.path)
    response = answer(browser, notice.path, "agree")

    assert (notice.person_id, notice.done_at) == (world.director.id, None)
    assert page.status_code == 200
    assert response["Location"] == f"/forms/{pushed.request.reference}"
    notice.refresh_from_db()
    assert notice.done_at is not None


def test_who_answers_later_finds_the_question_on_another_device(
    browser: Client, world: PrefillWorld
) -> None:
    path = arrive(browser, world)
    answered = [answer(browser, path, "later") for _ in range(2)]
    phone = Client()
    sign_in_as(phone, world.director, company=world.company)
    colleague = make_person("Chan Ka Yan", email="chan@harvest.example")
    make_officer(world.company, colleague)
    other = Client()
    sign_in_as(other, colleague, company=world.company)

    assert [each["Location"] for each in answered] == ["/inbox", "/inbox"]
    assert Notice.objects.get(kind="prefill.consent_asked").path == path
    assert not Consent.objects.exists()
    assert phone.get(path).status_code == 200
    assert other.get(path).status_code == 404


def test_a_clerk_without_the_power_postpones_nothing(
    browser: Client, world: PrefillWorld
) -> None:
    path = arrive(browser, world)
    page = browser.get(path).content.decode()
    world.company.officers.all().delete()
    make_member(world.company, world.director)

    refused = browser.post(
        "/consents/new",
        {
            "request": hidden(page, "request"),
            "drawn_for": hidden(page, "drawn_for"),
            "decision": "later",
        },
    )

    assert refused.status_code == 403
    assert not Notice.objects.filter(kind="prefill.consent_asked").exists()


def test_a_question_that_expired_no_longer_waits(world: PrefillWorld) -> None:
    world.push(company_id=world.company.id, person_id=world.director.id)

    end_requests(at=world.now + timedelta(minutes=10))

    assert not Notice.objects.waiting().exists()


def test_what_was_sent_is_told_to_whoever_agreed(world: PrefillWorld) -> None:
    request = world.fetched()

    world.collect(request)

    notice = Notice.objects.get(kind="prefill.sent")
    assert (notice.person_id, notice.path) == (
        world.director.id,
        f"/forms/{request.reference}",
    )


@pytest.mark.parametrize(
    "odd", ["%00", "%ED%A0%80", "%F0%A0%AE%B7", "x" * 3000, "..%2F", "%27"]
)
def test_odd_addresses_are_nothing_and_never_an_error_of_ours(
    browser: Client, odd: str
) -> None:
    paths = (
        f"/forms/{odd}",
        f"/forms/{odd}/progress",
        f"/consents/{odd}",
        f"/consents/{odd}/receipt",
        f"/consents/new?request={odd}",
        f"/api/v1/prefill/requests/{odd}",
    )

    assert {browser.get(path).status_code for path in paths} <= {400, 401, 404}
    assert browser.post(f"/consents/{odd}/withdraw").status_code in {400, 404}


@pytest.mark.parametrize("odd", ["\x00", "\u20ac", "\U00020bb7", "x" * 5000])
def test_odd_answers_send_nothing(browser: Client, world: PrefillWorld, odd: str) -> None:
    path = arrive(browser, world)

    statuses = {
        name: answer(browser, path, "agree", **{name: odd}).status_code
        for name in ("notice", "request", "drawn_for", "items")  # the last: agrees to nothing
    }

    assert statuses == {"notice": 409, "request": 404, "drawn_for": 409, "items": 302}
    assert Consent.objects.get().decision == "refused"
    assert not Job.objects.exclude(kind="notices.send_mail").exists()
