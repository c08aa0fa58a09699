"""Two of three directors approve, the worker signs; and everything that must not happen."""

import io
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection
from django.utils import timezone
from pyhanko.pdf_utils.reader import PdfFileReader

from authentication.models import Officer, Person
from authentication.services.cast_vote import (
    AlreadyVoted,
    ApprovalNotOpen,
    NoPlaceInRule,
    ShownSomethingElse,
)
from authentication.services.check_power import NoAuthority
from corpid.audit.models import Event
from corpid.errors import CorpIDError
from corpid.files.configured_storage import configured_storage
from corpid.files.models import Arrival
from corpid.files.services.open_file import open_file
from corpid.files.services.store_file import store_file
from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.notices.models import Notice
from signatures.models import Certificate, DocumentClass, SignatureRequest
from signatures.services.approve_signature import approve_signature
from signatures.services.decline_request import ReasonMissing, decline_request
from signatures.services.expire_requests import expire_requests
from signatures.services.find_eligible_signers import RuleUnsatisfiable
from signatures.services.find_present_certificate import find_present_certificate
from signatures.services.find_request import NoSuchRequest
from signatures.services.take_back_approval import take_back_approval
from signatures.services.verify_file import verify_file
from signatures.services.withdraw_request import withdraw_request
from tests.makers import make_e_service
from tests.signatures.conftest import House

SANDBOX_STATES = SignatureRequest.State


def run(*command: str) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def signed_file(request: SignatureRequest) -> bytes:
    with open_file(request.documents.get().signed_digest) as file:
        return file.read()


def signers_in(content: bytes) -> list[str]:
    reader = PdfFileReader(io.BytesIO(content))
    return [
        each.signer_cert.subject.native["common_name"] for each in reader.embedded_signatures
    ]


def verdict_of(request: SignatureRequest) -> dict[str, Any]:
    digest = request.documents.get().signed_digest
    return dict(verify_file(digest_hex=digest, at=timezone.now()))


def test_two_of_three_directors_make_a_green_document(house: House, pdf: bytes) -> None:
    request = house.signed(pdf)

    verdict = verdict_of(request)

    assert request.state == SANDBOX_STATES.COMPLETE
    assert signers_in(signed_file(request)) == [
        "李小明 Lee Siu Ming",
        "陳家欣 Chan Ka Yan",
        "Golden Harvest Trading Limited",
        "Corp ID Time-Stamping Authority (Sandbox)",
    ]
    assert (verdict["level"], verdict["reason"]) == ("green", "good")
    assert [each["format"] for each in verdict["signatures"]] == ["B-LTA"] * 3
    assert [each["is_recognised"] for each in verdict["signatures"]] == [True] * 3


@pytest.mark.needs("pdfsig", "certutil", "qpdf")
def test_pdfsig_and_qpdf_are_content_with_what_the_worker_made(
    house: House, pdf: bytes, tmp_path: Path
) -> None:
    request = house.signed(pdf)
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed_file(request))
    root = tmp_path / "our_root.pem"
    at = timezone.now()
    root.write_bytes(
        find_present_certificate(Certificate.Profile.ROOT, at=at)
        .as_x509()
        .public_bytes(Encoding.PEM)
    )
    database = tmp_path / "nss"
    database.mkdir()
    run("certutil", "-N", "-d", str(database), "--empty-password")
    run("certutil", "-A", "-d", str(database), "-n", "r", "-t", "CT,C,C", "-i", str(root))

    said = run("pdfsig", "-no-ocsp", "-nssdir", str(database), str(path))

    assert said.count("Signature is Valid.") == 3
    assert said.count("Certificate is Trusted.") == 3
    assert "No syntax or stream encoding errors found" in run("qpdf", "--check", str(path))
    assert (tmp_path / "root.pem").read_bytes() == root.read_bytes()

    content = bytearray(path.read_bytes())
    content[len(pdf) // 2] ^= 1
    path.write_bytes(content)
    assert "Signature is Valid." not in run(
        "pdfsig", "-no-ocsp", "-nssdir", str(database), str(path)
    )


def test_the_owner_of_a_shop_signs_alone_and_there_is_no_seal(shop: House, pdf: bytes) -> None:
    request = shop.open_request(pdf)
    shop.approve(request, shop.directors[0])
    shop.run_jobs()
    request.refresh_from_db()

    verdict = verdict_of(request)

    assert verdict["reason"] == "good_owner"
    assert len(verdict["signatures"]) == 1


def test_one_director_is_not_enough(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)

    house.approve(request, house.directors[0])

    request.refresh_from_db()
    assert request.state == SANDBOX_STATES.WAITING
    assert not Job.objects.filter(kind="signatures.seal").exists()


def test_one_person_never_counts_twice(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    house.approve(request, house.directors[0])

    with pytest.raises(AlreadyVoted):
        house.approve(request, house.directors[0])


def test_who_prepares_for_the_company_without_an_office_can_not_approve(
    house: House, pdf: bytes
) -> None:
    request = house.open_request(pdf)

    with pytest.raises((NoAuthority, NoPlaceInRule)):
        house.approve(request, house.clerk)


def test_an_approval_of_something_else_is_refused(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)

    with pytest.raises(ShownSomethingElse):
        approve_signature(
            request=request, person=house.directors[0], digest="0" * 64, at=timezone.now()
        )


def test_an_approval_taken_back_no_longer_counts(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    first, second, third = house.directors
    house.approve(request, first)
    take_back_approval(request=request, person=first, at=timezone.now())

    house.approve(request, second)
    request.refresh_from_db()
    assert request.state == SANDBOX_STATES.WAITING

    house.approve(request, third)
    request.refresh_from_db()
    assert request.state == SANDBOX_STATES.SEALING


def test_an_approval_taken_back_waits_in_that_persons_inbox_again(
    house: House, pdf: bytes
) -> None:
    request = house.open_request(pdf)
    first, second, third = house.directors
    house.approve(request, first)
    waiting = Notice.objects.waiting().filter(subject=request.subject)
    assert {task.person_id for task in waiting} == {second.id, third.id}

    take_back_approval(request=request, person=first, at=timezone.now())

    assert {task.person_id for task in waiting.all()} == {first.id, second.id, third.id}


def test_a_task_does_not_wait_again_when_nothing_was_taken_back(
    house: House, pdf: bytes
) -> None:
    request = house.open_request(pdf)
    house.approve(request, house.directors[0])

    with pytest.raises(ApprovalNotOpen):
        take_back_approval(request=request, person=house.directors[1], at=timezone.now())

    done = Notice.objects.tasks().exclude(done_at=None).get(subject=request.subject)
    assert done.person_id == house.directors[0].id


def test_who_has_left_the_office_takes_nothing_back(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    gone = house.directors[0]
    house.approve(request, gone)
    Officer.objects.filter(person=gone).update(
        ceased_on=timezone.localdate() - timedelta(days=1)
    )

    with pytest.raises(NoAuthority):
        take_back_approval(request=request, person=gone, at=timezone.now())

    assert request.approval is not None
    assert request.approval.votes.get().taken_back_at is None


def test_who_left_the_office_before_the_worker_acts_signs_nothing(
    house: House, pdf: bytes
) -> None:
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])
    Officer.objects.filter(person=house.directors[0]).update(
        ceased_on=timezone.localdate() - timedelta(days=1)
    )

    house.run_jobs()

    request.refresh_from_db()
    job = Job.objects.get(kind="signatures.seal")
    assert request.state == request.State.CANNOT_BE_COMPLETED
    assert (job.state, job.error_code) == (Job.State.FAILED, "no_authority")


def test_nothing_can_be_taken_back_once_the_rule_is_complete(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])

    with pytest.raises(ApprovalNotOpen):
        take_back_approval(request=request, person=house.directors[0], at=timezone.now())


def test_a_third_director_finds_it_complete(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])

    with pytest.raises(ApprovalNotOpen):
        house.approve(request, house.directors[2])


def test_three_directors_at_once_make_one_signing(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)

    def approve(person: Person) -> str:
        try:
            house.approve(request, person)
        except CorpIDError as error:
            return error.code
        finally:
            connection.close()
        return "approved"

    with ThreadPoolExecutor(3) as pool:
        outcomes = sorted(pool.map(approve, house.directors))
    house.run_jobs()

    assert outcomes == ["approval_not_open", "approved", "approved"]
    assert Job.objects.filter(kind="signatures.seal").count() == 1
    request.refresh_from_db()
    assert len(signers_in(signed_file(request))) == 4


def test_the_same_job_delivered_five_times_signs_once(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])
    job = Job.objects.get(kind="signatures.seal")

    for _ in range(5):
        run_job(job_id=job.id)

    request.refresh_from_db()
    assert len(signers_in(signed_file(request))) == 4
    completions = Event.objects.filter(
        kind="signatures.request.complete", subject=request.subject
    )
    assert completions.count() == 1


def run_in_a_worker(job: Job, state: Path) -> subprocess.CompletedProcess[str]:
    """Run the job in a process of its own, which may be killed."""
    address = urlsplit(os.environ["DATABASE_URL"])
    database = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DATABASE_URL": address._replace(path=f"/{database}").geturl(),
        "CORPID_VAR": str(state),
        "FILES_DIR": str(state / "files"),
    }
    program = (
        "import django, sys, uuid; django.setup();"
        "from corpid.jobs.services.run_job import run_job;"
        "run_job(job_id=uuid.UUID(sys.argv[1]))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(job.id)],
        env=environment | {"DJANGO_SETTINGS_MODULE": "corpid.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("point", ["before_sign", "after_sign"])
def test_a_worker_killed_on_the_way_leaves_no_half_signature(
    house: House, pdf: bytes, tmp_path: Path, point: str
) -> None:
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])
    job = Job.objects.get(kind="signatures.seal")
    armed = tmp_path / "crash-points" / f"signatures.seal.{point}"
    armed.parent.mkdir()
    armed.write_text("SIGKILL")

    worker = run_in_a_worker(job, tmp_path)

    assert worker.returncode == -signal.SIGKILL, worker.stderr
    request.refresh_from_db()
    assert request.state == SANDBOX_STATES.SEALING
    assert request.documents.get().signed_digest == ""

    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(minutes=1))
    run_job(job_id=job.id)
    request.refresh_from_db()
    assert request.state == SANDBOX_STATES.COMPLETE
    assert len(signers_in(signed_file(request))) == 4


def test_a_director_who_resigned_before_the_signing_stops_it(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])
    Officer.objects.filter(person=house.directors[0]).update(
        ceased_on=timezone.localdate() - timedelta(days=1)
    )

    house.run_jobs()

    request.refresh_from_db()
    assert request.state == SANDBOX_STATES.CANNOT_BE_COMPLETED
    assert request.documents.get().signed_digest == ""


def test_declining_needs_a_reason_and_ends_it_for_all(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)
    person, digest = house.directors[0], request.digest
    with pytest.raises(ReasonMissing):
        decline_request(
            request=request, person=person, digest=digest, reason=" ", at=timezone.now()
        )

    decline_request(
        request=request, person=person, digest=digest, reason="Clause 3", at=timezone.now()
    )

    request.refresh_from_db()
    assert (request.state, request.ended_because) == ("declined", "Clause 3")
    with pytest.raises(ApprovalNotOpen):
        house.approve(request, house.directors[1])


def test_a_withdrawn_request_can_no_longer_be_approved(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)

    withdraw_request(request=request, person=house.directors[2], at=timezone.now())

    request.refresh_from_db()
    assert request.state == SANDBOX_STATES.WITHDRAWN
    with pytest.raises(ApprovalNotOpen):
        house.approve(request, house.directors[0])


def test_an_e_service_withdraws_what_it_asked_for_and_nothing_else(
    house: House, pdf: bytes
) -> None:
    asker, other = make_e_service(scopes=("sign",)), make_e_service("other-bank")
    request = house.open_request(pdf, made_by=None, e_service=asker)
    of_the_company = house.open_request(pdf)

    for theirs in (request, of_the_company):
        with pytest.raises(NoSuchRequest):
            withdraw_request(request=theirs, e_service=other, at=timezone.now())
    withdraw_request(request=request, e_service=asker, at=timezone.now())

    request.refresh_from_db()
    of_the_company.refresh_from_db()
    assert request.state == SANDBOX_STATES.WITHDRAWN
    assert of_the_company.state == SANDBOX_STATES.WAITING
    ended = Event.objects.get(kind="signatures.request.withdrawn", subject=request.subject)
    assert ended.actor == f"e-service:{asker.client_id}"


def test_nobody_withdraws_nothing(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)

    with pytest.raises(TypeError):
        withdraw_request(request=request, at=timezone.now())

    request.refresh_from_db()
    assert request.state == SANDBOX_STATES.WAITING


def test_a_request_ends_when_its_time_has_come_and_not_before(house: House, pdf: bytes) -> None:
    request = house.open_request(pdf)

    assert expire_requests(at=request.expires_at - timedelta(seconds=1)) == 0
    assert expire_requests(at=request.expires_at) == 1

    request.refresh_from_db()
    assert request.state == SANDBOX_STATES.EXPIRED


def test_the_signers_are_told_and_their_task_ends_with_their_part(
    house: House, pdf: bytes
) -> None:
    request = house.open_request(pdf)
    tasks = Notice.objects.waiting().filter(subject=request.subject)
    assert {task.person_id for task in tasks} == {each.id for each in house.directors}

    house.approve(request, house.directors[0])

    assert {task.person_id for task in tasks.all()} == {each.id for each in house.directors[1:]}


def test_a_rule_that_nobody_can_meet_is_refused_at_once(house: House, pdf: bytes) -> None:
    Officer.objects.filter(person__in=house.directors[1:]).update(
        ceased_on=timezone.localdate() - timedelta(days=1)
    )

    with pytest.raises(RuleUnsatisfiable):
        house.open_request(pdf, made_by=house.directors[0])

    assert not SignatureRequest.objects.exists()
    assert not Arrival.objects.exists()  # it was known before the bytes were taken
    assert not list(configured_storage().held())


@pytest.mark.parametrize("blocked", [kind for kind in DocumentClass if kind.is_blocked])
def test_what_the_law_excludes_is_not_signed_here(
    house: House, pdf: bytes, blocked: DocumentClass
) -> None:
    with pytest.raises(CorpIDError) as refused:
        house.open_request(pdf, document_class=blocked)

    assert refused.value.code == "document_class_blocked"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(5000), "not_pdf"),
        (b"%PDF-1.7\n" + bytes(5000), "pdf_cut_short"),
        (b"%PDF-1.7\nnothing else\n%%EOF\n", "file_unreadable"),
        (b"%PDF-1.7\n" + bytes(51 * 1024 * 1024), "pdf_too_large"),
    ],
)
def test_a_file_that_can_not_be_signed_is_refused_and_leaves_nothing(
    house: House, files: Path, content: bytes, code: str
) -> None:
    with pytest.raises(CorpIDError) as refused:
        house.open_request(content)

    assert refused.value.code == code
    assert not SignatureRequest.objects.exists()
    assert [path for path in files.rglob("*") if path.is_file()] == []


@pytest.mark.needs("qpdf")
def test_an_encrypted_file_is_refused(house: House, pdf: bytes, tmp_path: Path) -> None:
    plain, secret = tmp_path / "plain.pdf", tmp_path / "secret.pdf"
    plain.write_bytes(pdf)
    run("qpdf", "--encrypt", "a", "b", "256", "--", str(plain), str(secret))

    with pytest.raises(CorpIDError) as refused:
        house.open_request(secret.read_bytes())

    assert refused.value.code == "pdf_encrypted"


def test_one_changed_byte_of_a_signed_document_is_red(house: House, pdf: bytes) -> None:
    request = house.signed(pdf)
    content = bytearray(signed_file(request))
    content[len(pdf) // 2] ^= 1
    changed = store_file(
        content=bytes(content), media_type="application/pdf", at=timezone.now()
    )

    verdict = verify_file(digest_hex=changed.digest_hex, at=timezone.now())

    assert verdict["level"] == "red"


def test_every_step_stands_in_the_audit_log(house: House, pdf: bytes) -> None:
    request = house.signed(pdf)

    kinds = Event.objects.filter(subject=request.subject).values_list("kind", flat=True)

    assert {*kinds} >= {
        "signatures.request.opened",
        "authentication.approval.opened",
        "authentication.approval.given",
        "signatures.request.complete",
    }
