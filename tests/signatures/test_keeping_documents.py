"""Documents go to the store before anything is locked, and are counted with their request."""

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from authentication.models import EService
from corpid.files.configured_storage import configured_storage
from corpid.files.local_storage import LocalStorage
from corpid.files.models import Arrival, Holding, StoredFile
from corpid.files.quota_used_up import UnsignedQuotaUsedUp
from corpid.files.storage import Arriving
from corpid.files.upload_turn import upload_turn
from signatures.models import DocumentClass, SignatureRequest
from signatures.services.examine_uploads import Upload
from signatures.services.prepare_request import DocumentClassBlocked
from signatures.services.submit_verification import submit_verification
from tests.signatures.conftest import House
from tests.signatures.test_machine_doors import URL, body_of, client_of, e_service

__all__ = ["e_service"]  # a fixture


@pytest.fixture
def open_while_kept(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Tell for each document that the store takes whether a transaction was open."""
    keep, seen = LocalStorage.keep, []

    def watched(self: LocalStorage, arriving: Arriving, *, digest_hex: str, size: int) -> None:
        seen.append(connection.in_atomic_block)
        keep(self, arriving, digest_hex=digest_hex, size=size)

    monkeypatch.setattr(LocalStorage, "keep", watched)
    return seen


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}])
def test_no_transaction_is_open_while_an_e_services_document_is_kept(
    house: House,
    e_service: EService,
    pdf: bytes,
    headers: dict[str, str],
    open_while_kept: list[bool],
) -> None:
    opened = client_of(e_service).post(URL, body_of(house, pdf), format="json", headers=headers)

    assert opened.status_code == 201, opened.content
    assert open_while_kept == [False]
    assert not Arrival.objects.exists()


def test_nor_while_a_members_or_a_verifiers_is(
    house: House, pdf: bytes, open_while_kept: list[bool]
) -> None:
    house.open_request(pdf)
    submit_verification(
        content=pdf, file_name="agreement.pdf", address="203.0.113.7", at=timezone.now()
    )

    assert open_while_kept == [False, False]


def test_nor_while_a_worker_seals(
    house: House, pdf: bytes, open_while_kept: list[bool]
) -> None:
    house.signed(pdf)

    assert open_while_kept == [False, False]


def test_what_may_not_be_asked_is_not_kept(house: House, pdf: bytes) -> None:
    with pytest.raises(DocumentClassBlocked):
        house.open_request(pdf, document_class=DocumentClass.WILL)

    assert not Arrival.objects.exists()


def test_one_upload_too_many_at_once_is_told_when_to_come_again(
    house: House, e_service: EService, pdf: bytes, settings: Settings
) -> None:
    settings.COMPANY_UPLOADS_AT_ONCE = 1
    client = client_of(e_service)

    with upload_turn(e_service.id):
        refused = client.post(URL, body_of(house, pdf), format="json")
    taken = client.post(URL, body_of(house, pdf), format="json")

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_uploads")
    assert refused["Retry-After"] == "2"
    assert taken.status_code == 201


def test_of_thirty_at_once_with_one_key_one_is_kept_and_all_get_its_answer(
    house: House, e_service: EService, pdf: bytes
) -> None:
    """More than its places for uploads: none of the thirty is refused for its twins."""
    client, body, together = client_of(e_service), body_of(house, pdf), Barrier(30)

    def send(_: int) -> tuple[int, str]:
        try:
            together.wait(20)
            answer = client.post(URL, body, format="json", headers={"Idempotency-Key": "k"})
            return answer.status_code, answer.json().get("id", answer.content)
        finally:
            connection.close()

    with ThreadPoolExecutor(30) as threads:
        answers = set(threads.map(send, range(30)))

    request = SignatureRequest.objects.get()
    assert answers == {(201, request.reference)}
    assert not Arrival.objects.exists()


def test_two_requests_with_the_same_new_documents_in_opposite_order_are_both_taken(
    house: House, shop: House, pdf: bytes
) -> None:
    """Each of its own company: the quota's lock does not part them."""
    together = Barrier(2)

    def ask(of: House, contents: list[bytes]) -> None:
        try:
            together.wait(20)
            of.open_request(
                pdf,
                made_by=of.directors[0],
                uploads=[Upload("one.pdf", io.BytesIO(each)) for each in contents],
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for turn in range(5):
            both = [pdf + f"\n% {turn} {each}\n".encode() for each in range(2)]
            list(pool.map(ask, [house, shop], [both, both[::-1]]))

    assert SignatureRequest.objects.count() == 10
    assert StoredFile.objects.count() == 10
    assert Holding.objects.count() == 20


def test_of_two_documents_that_fit_alone_the_second_is_refused_with_all(
    house: House, e_service: EService, pdf: bytes, settings: Settings
) -> None:
    settings.E_SERVICE_FILES_BYTES = len(pdf) + 10
    other = pdf + b"\n% another\n"
    documents: list[dict[str, Any]] = [
        {"file_name": "a.pdf", "content": base64.b64encode(each).decode()}
        for each in (pdf, other)
    ]

    refused = client_of(e_service).post(
        URL, body_of(house, pdf, documents=documents), format="json"
    )

    assert (refused.status_code, refused.json()["code"]) == (409, "unsigned_quota_used_up")
    assert not SignatureRequest.objects.exists()
    assert not Holding.objects.exists()
    assert_nothing_is_left()


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}])
def test_what_is_refused_at_the_last_step_is_given_back(
    house: House,
    e_service: EService,
    pdf: bytes,
    headers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(**_: object) -> None:
        raise UnsignedQuotaUsedUp

    monkeypatch.setattr("signatures.services.open_request.count_files", refuse)

    refused = client_of(e_service).post(
        URL, body_of(house, pdf), format="json", headers=headers
    )

    assert refused.status_code == 409
    assert_nothing_is_left()


def assert_nothing_is_left() -> None:
    assert not Arrival.objects.exists()
    assert not list(configured_storage().held())
