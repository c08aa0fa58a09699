"""The pages, as a browser gets them: prepare, approve with both factors, check, look up."""

import io
from html import unescape
from pathlib import Path

import pytest
from django.template.defaultfilters import filesizeformat
from django.test import Client
from django.utils import timezone, translation
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from authentication.models import Person
from signatures.models import SignatureRequest, Verification
from signatures.services.verify_file import verify_file
from signatures.services.word_verdict import word_verdict
from tests.signatures.conftest import House
from tests.signatures.signed_documents import write_agreement
from tests.signing_in import PASSWORD, code_of, sign_in_as


def browser_of(house: House, person: Person, language: str = "en") -> Client:
    client = Client()
    client.cookies["language"] = language
    sign_in_as(client, person, company=house.company)
    return client


def upload(
    client: Client, content: bytes, name: str = "agreement.pdf", **changes: str
) -> object:
    file = io.BytesIO(content)
    file.name = name
    fields = {"title": "Supply agreement", "document_class": "general", "addressee": "private"}
    return client.post("/sign/new", {"document": file, **fields, **changes})


def approve(client: Client, person: Person, request: SignatureRequest) -> str:
    """Press Approve and sign, prove both factors, and follow to where it ends."""
    page = f"/sign/{request.reference}/approve"
    asked = client.post(page, {"digest": request.digest})
    assert asked["Location"] == "/sign-in/step-up"
    done = prove(client, person, request)
    assert done.status_code == 302, done.content.decode()  # type: ignore[attr-defined]  # a response
    return str(done["Location"])  # type: ignore[index]  # a response


def prove(client: Client, person: Person, request: SignatureRequest, **changes: str) -> object:
    device = TOTPDevice.objects.get(user=person.account)
    shown = {"subject": request.subject, "digest": request.digest}
    proof = {"password": PASSWORD, "code": code_of(device)}
    return client.post("/sign-in/step-up", shown | proof | changes)


def test_two_directors_sign_through_the_pages(house: House, pdf: bytes) -> None:
    first, second, maker = house.directors
    opened = upload(browser_of(house, maker), pdf)
    assert opened.status_code == 302  # type: ignore[attr-defined]  # a response
    request = SignatureRequest.objects.get()

    for person in (first, second):
        ended_at = approve(browser_of(house, person), person, request)
        assert ended_at == f"/sign/{request.reference}"
    house.run_jobs()

    client = browser_of(house, maker)
    page = client.get(f"/sign/{request.reference}").content.decode()
    assert "Download the signed document" in page
    file = client.get(f"/sign/{request.reference}/documents/1")
    assert file["Content-Disposition"].startswith("attachment")
    assert file.getvalue().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        (
            "en",
            "If you approve, one more director is still needed.",
            (
                "If you approve, the signing is complete: the company&#x27;s electronic seal "
                "goes on at once and this can&#x27;t be undone here."
            ),
        ),
        (
            "zh-hant",
            "你批准後，仍須另一位董事批准。",
            "你批准後，簽署即告完成：系統會立即蓋上公司電子印章，之後不能在此撤銷。",
        ),
        (
            "zh-hans",
            "你批准后，仍须另一位董事批准。",
            "你批准后，签署即告完成：系统会立即加盖公司电子印章，之后不能在此撤销。",
        ),
    ],
)
def test_the_approval_page_says_what_an_approval_does(
    house: House, pdf: bytes, language: str, first: str, second: str
) -> None:
    request = house.open_request(pdf)
    path = f"/sign/{request.reference}/approve"
    client = browser_of(house, house.directors[1], language)

    before = client.get(path).content.decode()
    house.approve(request, house.directors[0])
    after = client.get(path).content.decode()

    assert first in before
    assert second in after
    assert request.documents.get().file_code in after


def test_asking_to_approve_signs_nothing_before_the_proof(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    client = browser_of(house, house.directors[0])
    page = f"/sign/{request.reference}/approve"

    client.post(page, {"digest": request.digest})
    for address in ("/sign-in/step-up", page, f"{page}/confirmed"):
        client.get(address)
        client.head(address)
    refused = prove(client, house.directors[0], request, code="000000")

    assert refused.status_code == 422  # type: ignore[attr-defined]  # a response
    assert not request.approval.votes.exists()  # type: ignore[union-attr]  # asked


def test_a_proof_for_one_document_does_not_approve_another(
    house: House, pdf: bytes, tmp_path: Path
) -> None:
    another = write_agreement(tmp_path, pages=3).read_bytes()
    shown, other = house.open_request(pdf), house.open_request(another)
    person = house.directors[0]
    client = browser_of(house, person)
    client.post(f"/sign/{shown.reference}/approve", {"digest": shown.digest})

    refused = prove(client, person, other)

    assert refused.status_code == 409  # type: ignore[attr-defined]  # a response
    for request in (shown, other):
        assert not request.approval.votes.exists()  # type: ignore[union-attr]  # asked


def test_a_digest_that_is_not_the_documents_approves_nothing(house: House, pdf: bytes) -> None:
    request, person = house.open_request(pdf), house.directors[0]
    client = browser_of(house, person)
    client.post(f"/sign/{request.reference}/approve", {"digest": "1" * 64})

    refused = prove(client, person, request, digest="1" * 64)

    assert refused.status_code == 409  # type: ignore[attr-defined]  # a response
    assert not request.approval.votes.exists()  # type: ignore[union-attr]  # asked


def test_another_companys_request_is_nothing(house: House, shop: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    stranger = browser_of(shop, shop.directors[0])

    for path in ("", "/approve", "/progress", "/documents/1", "/documents/1/pages/1.png"):
        assert stranger.get(f"/sign/{request.reference}{path}").status_code == 404


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n" + bytes(3000), "This is not a PDF, whatever its name says."),
        (b"%PDF-1.7\n" + bytes(60 * 1024 * 1024), "The file is larger than 50 MB."),
    ],
)
def test_a_refused_upload_says_why_beside_the_field(
    house: House, content: bytes, words: str
) -> None:
    answer = upload(browser_of(house, house.directors[0]), content, name="holiday.pdf")

    assert answer.status_code == 422  # type: ignore[attr-defined]  # a response
    assert words in answer.content.decode()  # type: ignore[attr-defined]  # a response
    assert not SignatureRequest.objects.exists()


def test_the_page_tells_how_much_of_the_quota_is_used_and_that_it_is_used_up(
    house: House, pdf: bytes, settings: Settings
) -> None:
    client = browser_of(house, house.directors[0])
    settings.COMPANY_FILES_BYTES = len(pdf)
    assert upload(client, pdf).status_code == 302  # type: ignore[attr-defined]  # a response

    page = client.get("/sign/new").content.decode()
    refused = upload(client, pdf + b"\n")

    size = filesizeformat(len(pdf)).replace("\xa0", " ")
    shown = page.replace("\xa0", " ")
    assert f"The company's documents here take {size} of its {size}." in unescape(shown)
    assert refused.status_code == 422  # type: ignore[attr-defined]  # a response
    words = "The company has no room left for this document."
    assert words in refused.content.decode()  # type: ignore[attr-defined]  # a response
    assert SignatureRequest.objects.count() == 1


def test_the_pages_of_a_document_are_images(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    client = browser_of(house, house.directors[0])

    image = client.get(f"/sign/{request.reference}/documents/1/pages/2.png")
    beyond = client.get(f"/sign/{request.reference}/documents/1/pages/3.png")

    assert image["Content-Type"] == "image/png"
    assert image.content.startswith(b"\x89PNG")
    assert beyond.status_code == 404


def test_progress_tells_where_to_go_when_it_has_ended(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])
    client = browser_of(house, house.directors[0])
    path = f"/sign/{request.reference}/progress"

    assert client.get(path).json()["next"] is None
    house.run_jobs()

    assert client.get(path).json()["next"] == f"/sign/{request.reference}"


def test_the_list_asks_as_many_queries_for_three_as_for_one(
    house: House, pdf: bytes, django_assert_max_num_queries: object
) -> None:
    client = browser_of(house, house.directors[0])
    house.open_request(pdf)
    with django_assert_max_num_queries(40) as one:  # type: ignore[operator]  # pytest-django's
        client.get("/sign")
    for _ in range(2):
        house.open_request(pdf)

    with django_assert_max_num_queries(len(one)):  # type: ignore[operator]  # pytest-django's
        page = client.get("/sign").content.decode()

    assert page.count("Supply agreement") == 3


def test_anybody_may_check_a_file_and_reads_a_sentence(house: House, pdf: bytes) -> None:
    request = house.signed(pdf)
    client = browser_of(house, house.directors[0])
    signed = client.get(f"/sign/{request.reference}/documents/1").getvalue()
    stranger = Client()
    file = io.BytesIO(signed)
    file.name = "agreement.pdf"

    sent = stranger.post("/verify", {"file": file})
    waiting = stranger.get(sent["Location"]).content.decode()
    house.run_jobs()
    page = stranger.get(sent["Location"]).content.decode()

    assert "Checking the file" in waiting
    assert "This file is exactly what Lee Siu Ming and Chan Ka Yan signed for" in page
    assert "not whether what it says is true" in page


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            (
                "This file is exactly what Lee Siu Ming and Chan Ka Yan signed for Golden "
                "Harvest Trading Limited on 3 March 2026, and the company had authorised them."
            ),
        ),
        (
            "zh-hant",
            (
                "此檔案與李小明和陳家欣於 2026 年 3 月 3 日代表金穗貿易有限公司簽署時完全相同，"
                "而該公司當時已授權他們簽署。"
            ),
        ),
        (
            "zh-hans",
            (
                "此文件与李小明和陈家欣于 2026 年 3 月 3 日代表金穗贸易有限公司签署时完全相同，"
                "而该公司当时已授权他们签署。"
            ),
        ),
    ],
)
def test_the_verdict_is_the_sentence_of_the_house(
    house: House, pdf: bytes, language: str, sentence: str
) -> None:
    request = house.signed(pdf)
    digest = request.documents.get().signed_digest
    verdict = dict(verify_file(digest_hex=digest, at=timezone.now()))
    verdict["facts"] = verdict["facts"] | {"at": "2026-03-03T06:02:00+00:00"}

    with translation.override(language):
        assert word_verdict(verdict) == sentence


def test_a_png_named_pdf_gets_a_grey_answer_with_the_reason(house: House) -> None:
    file = io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(3000))
    file.name = "holiday.pdf"
    client = Client()

    sent = client.post("/verify", {"file": file})
    house.run_jobs()
    page = client.get(sent["Location"]).content.decode()

    assert "We could not read this file, so we cannot say whether it is genuine." in page
    assert "This is not a PDF, whatever its name says." in page


def test_the_page_behind_the_qr_code_never_judges_the_paper(house: House, pdf: bytes) -> None:
    request = house.signed(pdf)
    document = request.documents.get()

    page = Client().get(f"/d/{document.code}").content.decode()

    assert "It cannot tell whether the paper in your hand is that document." in page
    assert document.file_code in page
    assert "Supply agreement" not in page  # the owner chooses whether the title shows


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The file is larger than 1.5 MB."),
        ("zh-hant", "檔案大於 1.5 MB。"),
        ("zh-hans", "文件大于 1.5 MB。"),
    ],
)
def test_the_limit_that_pages_name_is_the_one_that_is_set(
    house: House, settings: Settings, language: str, sentence: str
) -> None:
    settings.MAX_PDF_BYTES = 3 * 512 * 1024
    client = browser_of(house, house.directors[0], language)
    sent = upload(client, b"%PDF-1.7\n" + bytes(2 * 1024 * 1024))

    page = sent.content.decode()  # type: ignore[attr-defined]  # a response

    assert sentence in page
    for form in ("/sign/new", "/verify"):
        shown = client.get(form).content.decode()
        assert "1.5 MB" in shown
        assert "50 MB" not in shown


def test_the_problem_page_names_the_limit_too(client: Client, db: None) -> None:
    assert "larger than 50 MB" in client.get("/problems/pdf_too_large").content.decode()


def test_a_proof_for_one_request_approves_no_other_with_the_same_document(
    house: House, pdf: bytes
) -> None:
    proven_for, other = house.open_request(pdf), house.open_request(pdf)
    assert proven_for.digest == other.digest
    first = house.directors[0]
    client = browser_of(house, first)
    client.post(f"/sign/{proven_for.reference}/approve", {"digest": proven_for.digest})

    refused = prove(client, first, other)
    taken = prove(client, first, proven_for)

    assert refused.status_code == 409  # type: ignore[attr-defined]  # a response
    assert taken["Location"] == f"/sign/{proven_for.reference}"  # type: ignore[index]  # a response
    assert not other.approval.votes.exists()  # type: ignore[union-attr]  # a request that was asked


def test_declining_through_the_page_ends_it(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    client = browser_of(house, house.directors[0])

    client.post(
        f"/sign/{request.reference}/decline", {"digest": request.digest, "reason": "Clause 3"}
    )

    assert "Clause 3" in client.get(f"/sign/{request.reference}").content.decode()


def test_a_result_that_never_was_is_not_found(db: None) -> None:
    assert Client().get("/verify/ver_nothing").status_code == 404
    assert not Verification.objects.exists()
