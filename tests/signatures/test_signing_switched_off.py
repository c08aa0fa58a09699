"""While signing is off, doors say so and the approved waits; afterwards it is signed."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from asn1crypto import tsp
from django.test import Client
from django.utils import timezone

from authentication.models import EService
from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.keys.bounded import forget_everything
from corpid.operations.models import FunctionOff, SwitchedFunction
from corpid.operations.services.require_function import SigningSwitchedOff
from signatures.models import Certificate, Document, SignatureRequest
from signatures.pki.time_stamp import TimeStampResponse
from signatures.services import seal_documents as sealing
from tests.signatures.conftest import House
from tests.signatures.test_machine_doors import URL, body_of, client_of, e_service
from tests.signing_in import sign_in_as
from tests.switches import switch_off, switch_on

__all__ = ["e_service"]  # a fixture


def waiting_job() -> Job:
    return Job.objects.get(kind="signatures.seal")


def run_now(job: Job) -> Job:
    Job.objects.filter(id=job.id).update(run_after=job.created_at)
    run_job(job_id=job.id)
    job.refresh_from_db()
    return job


def test_what_was_approved_before_waits_and_is_signed_afterwards(
    house: House, pdf: bytes
) -> None:
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])
    off = switch_off(SwitchedFunction.SIGNING)

    job = waiting_job()
    for _ in range(10):  # more often than the kind has attempts
        run_now(job)

    assert (job.state, job.attempts, job.error_code) == ("queued", 0, "signing_switched_off")
    assert Certificate.objects.filter(company=house.company).count() == 0

    switch_on(off)
    run_now(job)

    request.refresh_from_db()
    assert (job.state, request.state) == ("done", SignatureRequest.State.COMPLETE)


def test_a_switch_turned_while_the_worker_signs_keeps_the_document_unsigned(
    house: House, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])
    seal = sealing._seal  # noqa: SLF001  turned at the last moment: after the signing
    turned: list[FunctionOff] = []

    def seal_and_turn(*arguments: object) -> object:
        sealed = seal(*arguments)  # type: ignore[arg-type]  # whatever it takes
        turned.append(switch_off(SwitchedFunction.SIGNING))
        return sealed

    monkeypatch.setattr(sealing, "_seal", seal_and_turn)
    job = run_now(waiting_job())
    monkeypatch.setattr(sealing, "_seal", seal)

    request.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)
    assert request.state == SignatureRequest.State.SEALING
    assert Document.objects.get(request=request).signed_digest == ""

    switch_on(turned[0])
    run_now(job)

    request.refresh_from_db()
    assert request.state == SignatureRequest.State.COMPLETE


def test_nobody_approves_or_asks_meanwhile_and_nothing_is_lost(
    house: House, pdf: bytes
) -> None:
    request = house.open_request(pdf)
    house.approve(request, house.directors[0])
    off = switch_off(SwitchedFunction.SIGNING)

    with pytest.raises(SigningSwitchedOff):
        house.approve(request, house.directors[1])
    with pytest.raises(SigningSwitchedOff):
        house.open_request(pdf)

    switch_on(off)
    house.approve(request, house.directors[1])
    assert waiting_job().state == "queued"


def test_the_api_says_when_to_come_back(house: House, pdf: bytes, e_service: EService) -> None:
    switch_off(SwitchedFunction.SIGNING)
    api = client_of(e_service)

    answer = api.post(URL, body_of(house, pdf), format="json", HTTP_IDEMPOTENCY_KEY="one")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert answer.json()["code"] == "signing_switched_off"
    assert SignatureRequest.objects.count() == 0


def test_the_same_call_with_the_same_key_counts_afterwards(
    house: House, pdf: bytes, e_service: EService
) -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    api = client_of(e_service)
    body = body_of(house, pdf)
    api.post(URL, body, format="json", HTTP_IDEMPOTENCY_KEY="one")

    switch_on(off)
    answer = api.post(URL, body, format="json", HTTP_IDEMPOTENCY_KEY="one")

    assert answer.status_code in {201, 202}


def test_a_request_can_still_be_read_and_declined(
    house: House, pdf: bytes, client: Client
) -> None:
    request = house.open_request(pdf)
    switch_off(SwitchedFunction.SIGNING)
    sign_in_as(client, house.directors[0], company=house.company)

    page = client.get(f"/sign/{request.reference}")

    assert page.status_code == 200


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Signing is switched off for now."),
        ("zh-hant", "簽署功能暫時關閉。"),
        ("zh-hans", "签署功能暂时关闭。"),
    ],
)
def test_the_page_of_the_error_explains_it_in_each_language(
    transactional_db: None, client: Client, language: str, words: str
) -> None:
    page = client.get("/problems/signing_switched_off", headers={"Accept-Language": language})

    assert words in page.content.decode()


def test_the_portal_answers_503_with_a_page(house: House, pdf: bytes, client: Client) -> None:
    sign_in_as(client, house.directors[2], company=house.company)
    switch_off(SwitchedFunction.SIGNING)
    forget_everything()

    upload = BytesIO(pdf)
    upload.name = "agreement.pdf"
    answer = client.post(
        "/sign/new",
        {
            "document": upload,
            "title": "Supply agreement",
            "document_class": "general",
            "addressee": "private",
        },
    )

    assert answer.status_code == 503, answer.content.decode()
    assert answer["Retry-After"] == "60"
    assert "Signing is switched off for now." in answer.content.decode()


def test_our_time_stamping_authority_follows_the_switch_and_says_so_in_its_protocol(
    house: House,
) -> None:
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}
    asked = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint}).dump()

    def ask() -> tuple[int, Any, Any]:
        answer = Client().post("/pki/tsa", asked, content_type="application/timestamp-query")
        status = TimeStampResponse.load(answer.content)["status"]
        return answer.status_code, status["status"].native, status["fail_info"].native

    off = switch_off(SwitchedFunction.SIGNING)
    while_off = ask()
    switch_on(off)

    assert while_off == (200, "rejection", {"system_failure"})
    assert ask() == (200, "granted", None)


def test_what_waits_for_the_switch_is_woken_by_it(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])
    off = switch_off(SwitchedFunction.SIGNING)
    job = waiting_job()
    for _ in range(5):
        run_now(job)
    asleep = job.run_after - timezone.now()

    switch_on(off)

    job.refresh_from_db()
    assert asleep > timedelta(seconds=50)
    assert job.run_after - timezone.now() < timedelta(seconds=6)
