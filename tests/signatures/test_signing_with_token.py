"""Signing with every key in a PKCS #11 token; and what becomes of work while it is away."""

import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client
from django.utils import timezone
from pyhanko.pdf_utils.reader import PdfFileReader

from corpid.files.services.open_file import open_file
from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.keys import token as token_module
from corpid.keys.models import SigningKey
from corpid.keys.token import TokenAway
from corpid.operations.api.health import last_look
from signatures.models import Certificate, SignatureRequest
from signatures.services.establish_pki import establish_pki
from signatures.services.find_present_certificate import find_present_certificate
from signatures.services.verify_file import verify_file
from tests.signatures.conftest import House, make_house
from tests.signatures.test_signing_a_document import run, signed_file, verdict_of
from tests.soft_token import SoftToken, keys_in_token

pytestmark = pytest.mark.needs("softhsm")


@pytest.fixture(params=["ES256", "RS256"])
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def token(algorithm: str, tmp_path: Path) -> Iterator[SoftToken]:
    with keys_in_token(tmp_path / "token", CERTIFICATE_KEY_ALGORITHM=algorithm) as token:
        yield token


@pytest.fixture
def house(transactional_db: None, files: Path, token: SoftToken) -> House:
    """Make the company of the other tests, with each key of each authority in the token."""
    establish_pki(at=timezone.now())
    return make_house()


def due_now(job: Job) -> Job:
    Job.objects.filter(id=job.id).update(run_after=timezone.now() - timedelta(seconds=1))
    return Job.objects.get(id=job.id)


def test_persons_and_company_sign_in_the_token(
    house: House, pdf: bytes, algorithm: str
) -> None:
    request = house.signed(pdf)

    verdict = verdict_of(request)

    kind = ec.EllipticCurvePublicKey if algorithm == "ES256" else rsa.RSAPublicKey
    assert request.state == SignatureRequest.State.COMPLETE
    assert (verdict["level"], verdict["reason"]) == ("green", "good")
    assert [each["format"] for each in verdict["signatures"]] == ["B-LTA"] * 3
    assert set(SigningKey.objects.values_list("backend", flat=True)) == {"pkcs11"}
    assert all(
        isinstance(each.as_x509().public_key(), kind) for each in Certificate.objects.all()
    )


@pytest.mark.needs("pdfsig", "certutil")
def test_pdfsig_is_content_with_what_was_signed_in_the_token(
    house: House, pdf: bytes, tmp_path: Path
) -> None:
    request = house.signed(pdf)
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed_file(request))
    root = tmp_path / "our_root.pem"
    authority = find_present_certificate(Certificate.Profile.ROOT, at=timezone.now())
    root.write_bytes(authority.as_x509().public_bytes(Encoding.PEM))
    database = tmp_path / "nss"
    database.mkdir()
    run("certutil", "-N", "-d", str(database), "--empty-password")
    run("certutil", "-A", "-d", str(database), "-n", "r", "-t", "CT,C,C", "-i", str(root))

    said = run("pdfsig", "-no-ocsp", "-nssdir", str(database), str(path))

    assert said.count("Signature is Valid.") == 3
    assert said.count("Certificate is Trusted.") == 3


def test_while_the_token_is_away_the_work_waits_and_then_is_done_once(
    house: House,
    pdf: bytes,
    token: SoftToken,
    client: Client,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(token_module, "PAUSE", 0.0)
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])
    job = Job.objects.get(kind="signatures.seal")
    token.take_away()

    for _ in range(10):  # more often than a job has attempts
        run_job(job_id=due_now(job).id)

    job.refresh_from_db()
    request.refresh_from_db()
    assert (job.state, job.error_code, job.attempts) == ("queued", "key_token_away", 0)
    assert job.run_after > timezone.now()
    assert len(job.errors) == 1
    assert request.state == SignatureRequest.State.SEALING
    assert client.get("/readyz").json()["parts"]["keys"] == "TokenAway"
    alarms = [
        str(each.msg)
        for each in caplog.records
        if each.levelno == logging.ERROR and each.name == "corpid.keys.token"
    ]
    assert ["key token is away" in alarm for alarm in alarms] == [True]

    token.put_back()
    last_look.forget()
    run_job(job_id=due_now(job).id)

    job.refresh_from_db()
    request.refresh_from_db()
    assert (job.state, request.state) == ("done", SignatureRequest.State.COMPLETE)
    assert verdict_of(request)["level"] == "green"
    with open_file(request.documents.get().signed_digest) as file:
        reader = PdfFileReader(io.BytesIO(file.read()))
        assert len(reader.embedded_signatures) == 4  # two persons, the seal, the archive stamp
    assert client.get("/readyz").json()["parts"]["keys"] == "ok"


def test_a_verification_waits_too_rather_than_blame_the_file(
    house: House, pdf: bytes, token: SoftToken
) -> None:
    """The state of our certificates is signed afresh for each verdict."""
    request = house.signed(pdf)
    digest = request.documents.get().signed_digest
    token.take_away()

    with pytest.raises(TokenAway):
        verify_file(digest_hex=digest, at=timezone.now())
