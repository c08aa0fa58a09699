"""The machine doors: requests over the API, public verification, status and time."""

import base64
import io
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from authentication.models import Company, EService
from corpid.api.caller import Caller
from corpid.api.forwarded import read_networks
from corpid.files.holder import Holder
from corpid.files.models import StoredFile
from corpid.files.services.measure_quota import measure_quota
from corpid.files.services.open_file import open_file
from corpid.files.services.sweep_orphans import sweep_orphans
from signatures.api.verifications import MOST_WAITERS
from signatures.models import Certificate, SignatureRequest, Verification
from signatures.pki.ocsp import issuer_hashes
from signatures.services.fail_verification import fail_verification
from signatures.services.find_present_certificate import find_present_certificate
from signatures.services.revoke_certificate import RevokedAlready, revoke_certificate
from tests.makers import make_e_service
from tests.signatures.conftest import House

URL = "/api/v1/signature-requests"


@pytest.fixture
def e_service(house: House) -> EService:
    Company.objects.filter(pk=house.company.pk).update(enrolled_at=timezone.now())
    return make_e_service(scopes=("sign",))


def client_of(e_service: EService, **more: Any) -> APIClient:
    caller = Caller(
        **{
            "client_id": e_service.client_id,
            "e_service_id": e_service.id,
            "scopes": frozenset({"sign"}),
            **more,
        }
    )
    client = APIClient()
    client.force_authenticate(user=caller)  # type: ignore[arg-type]  # our users are callers
    return client


def body_of(house: House, pdf: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "company": house.company.ubi,
        "title": "Supply agreement",
        "documents": [
            {"file_name": "agreement.pdf", "content": base64.b64encode(pdf).decode()}
        ],
        **changes,
    }


def test_an_e_service_has_a_document_signed_and_fetches_it(
    house: House, e_service: EService, pdf: bytes
) -> None:
    client = client_of(e_service)
    opened = client.post(URL, body_of(house, pdf), format="json")
    assert opened.status_code == 201, opened.content
    request = SignatureRequest.objects.get(reference=opened.json()["id"])
    assert opened.json()["rule"] == {"needed": 2, "have": 0}
    too_early = client.get(f"{URL}/{request.reference}/documents/1")
    house.approve(request, *house.directors[:2])
    house.run_jobs()

    read = client.get(f"{URL}/{request.reference}").json()
    fetched = client.get(f"{URL}/{request.reference}/documents/1")

    assert too_early.json()["code"] == "not_signed_yet"
    assert read["status"] == "complete"
    assert read["documents"][0]["signed_sha256"] is not None
    assert fetched.getvalue().startswith(pdf[:100])


def test_larger_files_come_by_multipart(house: House, e_service: EService, pdf: bytes) -> None:
    file = io.BytesIO(pdf)
    file.name = "agreement.pdf"

    opened = client_of(e_service).post(
        URL,
        {"company": house.company.ubi, "title": "Supply agreement", "documents": [file]},
        format="multipart",
    )

    assert opened.status_code == 201, opened.content
    assert opened.json()["documents"][0]["page_count"] == 2


def test_a_persons_token_names_the_company_by_itself(
    house: House, e_service: EService, shop: House, pdf: bytes
) -> None:
    client = client_of(e_service, company_id=house.company.id)
    body = body_of(house, pdf)
    del body["company"]

    opened = client.post(URL, body, format="json")
    other = client.post(URL, body_of(shop, pdf), format="json")

    assert opened.json()["company"] == house.company.ubi
    assert other.json()["code"] == "another_company"


def test_without_a_person_the_company_must_be_named(
    house: House, e_service: EService, pdf: bytes
) -> None:
    body = body_of(house, pdf)
    del body["company"]

    opened = client_of(e_service).post(URL, body, format="json")

    assert (opened.status_code, opened.json()["code"]) == (422, "company_not_named")


def test_the_same_key_twice_is_one_request(
    house: House, e_service: EService, pdf: bytes
) -> None:
    client = client_of(e_service)
    answers = [
        client.post(
            URL, body_of(house, pdf), format="json", headers={"Idempotency-Key": "once"}
        )
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert SignatureRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"colour": "red"}, 422, "input_invalid"),
        ({"title": ""}, 422, "input_invalid"),
        ({"company": "00000000"}, 422, "company_not_known"),
        ({"company": "nonsense"}, 422, "business_identifier_malformed"),
        ({"documents": []}, 422, "no_documents"),
        (
            {"documents": [{"file_name": "x", "content": "%%%"}]},
            422,
            "document_not_base64",
        ),
        ({"documents": [{"file_name": "x", "content": "aGVsbG8="}]}, 415, "not_pdf"),
        ({"document_class": "will"}, 422, "document_class_blocked"),
        ({"resume_uri": "https://evil.example/"}, 422, "resume_uri_not_registered"),
    ],
)
def test_what_is_wrong_is_said_with_a_code_and_nothing_is_half_done(
    house: House,
    e_service: EService,
    pdf: bytes,
    *,
    changes: dict[str, Any],
    status: int,
    code: str,
) -> None:
    answer = client_of(e_service).post(URL, body_of(house, pdf, **changes), format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert not SignatureRequest.objects.exists()


def test_a_document_beyond_the_e_services_own_quota_is_refused_with_a_code(
    house: House, e_service: EService, pdf: bytes, settings: Settings
) -> None:
    settings.E_SERVICE_FILES_BYTES = len(pdf) - 1

    refused = client_of(e_service).post(URL, body_of(house, pdf), format="json")

    assert (refused.status_code, refused.json()["code"]) == (409, "unsigned_quota_used_up")
    assert not SignatureRequest.objects.exists()


def test_a_quota_that_the_signed_document_goes_beyond_stops_no_signature(
    house: House, pdf: bytes, settings: Settings
) -> None:
    settings.COMPANY_FILES_BYTES = len(pdf)

    request = house.signed(pdf)

    assert request.state == SignatureRequest.State.COMPLETE
    signed = StoredFile.objects.get(pk=request.documents.get().signed_digest)
    assert measure_quota(Holder(company_id=house.company.id)).used == len(pdf) + signed.size


def test_documents_are_no_orphans(house: House, pdf: bytes) -> None:
    request = house.signed(pdf)
    later = timezone.now() + timedelta(days=400)

    removed = [sweep_orphans(at=later), sweep_orphans(at=later + timedelta(days=2))]

    assert removed == [0, 0]
    document = request.documents.get()
    for digest in (document.original_digest, document.signed_digest):
        open_file(digest).close()


def test_another_e_services_request_is_nothing(
    house: House, e_service: EService, pdf: bytes
) -> None:
    reference = client_of(e_service).post(URL, body_of(house, pdf), format="json").json()["id"]
    other = client_of(make_e_service("other-bank"))

    for path in ("", "/documents/1"):
        assert other.get(f"{URL}/{reference}{path}").status_code == 404
    assert other.post(f"{URL}/{reference}/withdraw").status_code == 404


def test_without_the_scope_nothing_is_signed(e_service: EService) -> None:
    client = client_of(e_service, scopes=frozenset({"openid"}))

    assert client.post(URL, {}, format="json").json()["code"] == "scope_missing"
    assert APIClient().post(URL, {}, format="json").json()["code"] == "token_missing"


def test_the_asker_withdraws_its_request(house: House, e_service: EService, pdf: bytes) -> None:
    client = client_of(e_service)
    reference = client.post(URL, body_of(house, pdf), format="json").json()["id"]

    answer = client.post(f"{URL}/{reference}/withdraw")

    assert answer.json()["status"] == "withdrawn"
    assert client.post(f"{URL}/{reference}/withdraw").status_code == 409


def test_anybody_verifies_without_a_token(house: House, pdf: bytes) -> None:
    sent = APIClient().post(
        "/api/v1/verifications",
        {"content": base64.b64encode(pdf).decode()},
        format="json",
    )
    house.run_jobs()

    read = APIClient().get(sent["Location"]).json()

    assert sent.status_code == 202
    assert (read["status"], read["level"], read["reason"]) == (
        "done",
        "unreadable",
        "not_signed",
    )
    assert read["sentence"] == "This file carries no signature."


@pytest.mark.parametrize("content", [b"", b"\x89PNG" + bytes(100), b"%PDF-1.4 garbage %%EOF"])
def test_no_file_makes_the_verification_fail(house: House, content: bytes) -> None:
    file = io.BytesIO(content)
    file.name = "x.pdf"
    sent = APIClient().post("/api/v1/verifications", {"file": file}, format="multipart")
    assert sent.status_code == 202, sent.content

    house.run_jobs()

    assert APIClient().get(sent["Location"]).json()["level"] == "unreadable"


def test_a_60_mb_file_is_too_large_with_a_code(house: House) -> None:
    file = io.BytesIO(bytes(60 * 1024 * 1024))
    file.name = "x.pdf"

    sent = APIClient().post("/api/v1/verifications", {"file": file}, format="multipart")

    assert (sent.status_code, sent.json()["code"]) == (413, "pdf_too_large")
    assert house.company.ubi  # the house stands, only the file was refused


@time_machine.travel(timezone.now(), tick=False)
def test_one_address_verifies_sixty_files_a_minute(house: House) -> None:
    codes = {
        APIClient().post("/api/v1/verifications", {"content": ""}, format="json").status_code
        for _ in range(60)
    }

    answer = APIClient().post("/api/v1/verifications", {"content": ""}, format="json")

    assert 429 not in codes
    assert answer.json()["code"] == "too_many_verifications"
    assert house.company.ubi


def send_and_wait(seconds: int) -> tuple[int, float]:
    """Send a file as its own web thread would; give the status and the time it took."""
    began = time.monotonic()
    answer = APIClient().post(
        "/api/v1/verifications",
        {"content": ""},
        format="json",
        headers={"Prefer": f"wait={seconds}"},
    )
    connection.close()
    return answer.status_code, time.monotonic() - began


def test_strangers_who_wait_hold_four_threads_and_no_more(house: House) -> None:
    with ThreadPoolExecutor(MOST_WAITERS) as threads:
        waiting = [threads.submit(send_and_wait, 4) for _ in range(MOST_WAITERS)]
        while Verification.objects.count() < MOST_WAITERS:
            time.sleep(0.05)
        time.sleep(0.3)  # from the row to its thread's wait

        one_too_many = send_and_wait(4)
        held = [each.result() for each in waiting]

    after = send_and_wait(1)
    assert one_too_many[0] == 202
    assert one_too_many[1] < 2
    assert {status for status, _ in held} == {202}
    assert min(took for _, took in held) >= 4
    assert after[1] >= 1  # their places are free again
    assert house.company.ubi


def test_who_waits_is_told_at_once_that_it_failed(house: House) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(send_and_wait, 10)
        while not (sent := Verification.objects.first()):
            time.sleep(0.05)

        fail_verification(verification=sent, at=timezone.now())
        status, took = waiting.result()

    assert status == 200
    assert took < 8
    assert house.company.ubi


@time_machine.travel(timezone.now(), tick=False)  # within one minute, however slow we are
@pytest.mark.parametrize("door", ["/verify", "/api/v1/verifications"])
def test_behind_the_proxy_each_visitor_has_sixty_files_of_their_own(
    house: House, settings: Settings, door: str
) -> None:
    settings.TRUSTED_PROXIES = read_networks(["127.0.0.1"])
    limited, other = "203.0.113.7", "203.0.113.8"

    def status_for(visitor: str, claimed: str = "198.51.100.1") -> int:
        file = SimpleUploadedFile("x.pdf", b"%PDF-")
        forwarded = {"X-Forwarded-For": f"{claimed}, {visitor}"}
        return Client().post(door, {"file": file}, headers=forwarded).status_code

    statuses = {status_for(limited) for _ in range(60)}

    assert 429 not in statuses
    assert status_for(limited, claimed="198.51.100.2") == 429  # what it claims changes nothing
    assert status_for(other) in {202, 302}
    assert house.company.ubi


@pytest.mark.parametrize("door", ["/verify", "/api/v1/verifications"])
def test_files_are_verified_while_valkey_does_not_answer(
    house: House, settings: Settings, door: str
) -> None:
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    }
    file = SimpleUploadedFile("x.pdf", b"%PDF-")

    assert Client().post(door, {"file": file}).status_code in {202, 302}
    assert Verification.objects.count() == 1
    assert house.company.ubi


def ocsp_request(certificate: Certificate) -> bytes:
    issuing = find_present_certificate(Certificate.Profile.ISSUING, at=timezone.now()).as_x509()
    name, key = issuer_hashes(issuing, SHA256())
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        name, key, int(certificate.serial_number, 16), SHA256()
    )
    return builder.build().public_bytes(Encoding.DER)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_revoked_certificate_is_revoked_at_once_in_ocsp_and_crl(
    house: House, pdf: bytes, method: str
) -> None:
    house.signed(pdf)
    certificate = Certificate.objects.get(profile=Certificate.Profile.SEAL)
    der = ocsp_request(certificate)

    def ask() -> ocsp.OCSPResponse:
        if method == "get":
            answer = Client().get(f"/pki/ocsp/{base64.b64encode(der).decode()}")
        else:
            answer = Client().post("/pki/ocsp", der, content_type="application/ocsp-request")
        assert answer["Content-Type"] == "application/ocsp-response"
        return ocsp.load_der_ocsp_response(answer.content)

    def listed() -> set[int]:
        answer = Client().get(f"/pki/crl/{certificate.shard}.crl")
        return {each.serial_number for each in x509.load_der_x509_crl(answer.content)}

    serial_number = int(certificate.serial_number, 16)
    assert ask().certificate_status is ocsp.OCSPCertStatus.GOOD
    assert serial_number not in listed()

    revoke_certificate(
        certificate=certificate,
        reason=Certificate.Reason.KEY_COMPROMISE,
        actor="system",
        at=timezone.now(),
    )

    assert ask().certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert serial_number in listed()
    with pytest.raises(RevokedAlready):
        revoke_certificate(
            certificate=certificate,
            reason=Certificate.Reason.SUPERSEDED,
            actor="system",
            at=timezone.now(),
        )


def test_an_unreadable_status_request_is_answered_in_the_protocol(house: House) -> None:
    assert house.company.ubi
    for path in ("/pki/ocsp/%25%25", "/pki/ocsp/AAAA"):
        answer = ocsp.load_der_ocsp_response(Client().get(path).content)
        assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_the_time_stamping_door_stamps_and_refuses_other_media(house: House) -> None:
    assert house.company.ubi
    request = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": b"1" * 32,
            },
        }
    ).dump()

    answer = Client().post("/pki/tsa", request, content_type="application/timestamp-query")
    other = Client().post("/pki/tsa", request, content_type="application/json")

    assert tsp.TimeStampResp.load(answer.content)["status"]["status"].native == "granted"
    assert other.status_code == 415


def test_authorities_are_published_and_nothing_else(house: House) -> None:
    assert house.company.ubi
    root = x509.load_der_x509_certificate(Client().get("/pki/ca/root.cer").content)
    issuing = x509.load_der_x509_certificate(Client().get("/pki/ca/issuing.cer").content)

    issuing.verify_directly_issued_by(root)
    assert Client().get("/pki/ca/tsa.cer").status_code == 404
    assert Client().get("/pki/ca/tsa.cer").json()["code"] == "no_such_authority"
    assert Client().get("/pki/crl/ff.crl").status_code == 404
