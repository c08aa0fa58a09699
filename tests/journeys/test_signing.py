"""Promise 2: a company signs a PDF under its own rule; anybody can verify it later."""

import base64
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest

from tests.journeys.client import Client
from tests.journeys.patience import eventually
from tests.journeys.portal import Page, Portal, one_time_code
from tests.running import Product

pytestmark = pytest.mark.journey

GOLDEN_HARVEST = "71234567"
TAKEN_UP_AGAIN_WITHIN = 15  # seconds after a worker's death
Person = Callable[[str], dict[str, Any]]
PortalOf = Callable[[str], Portal]
GREEN = "This file is exactly what"
RED = "Do not rely on this file"


def agreement(title: str) -> bytes:
    """Write a PDF of one page by hand, cross-reference table and all."""
    text = f"BT /F1 24 Tf 72 720 Td ({title}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + (
        b"xref\n0 6\n0000000000 65535 f \n%b"
        b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (table, len(body))
    )


def approve(browser: Portal, person: dict[str, Any], reference: str) -> Page:
    """Read, approve, and prove both factors anew for this very document."""
    page = browser.open(f"/sign/{reference}/approve")
    page = page.press("Approve and sign")
    page = page.press(
        "Confirm",
        Password=person["password"],
        One_time_code=one_time_code(person["totp_secret"]),
    )
    assert page.url.endswith(reference), page.text
    return page


def ask(client: Client, token: str, base_url: str, title: str) -> dict[str, Any]:
    """Ask Golden Harvest to sign, as an e-service does."""
    answer = send_request(client, token, base_url, title)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def send_request(client: Client, token: str, base_url: str, title: str) -> httpx2.Response:
    return client.call(
        token,
        "POST",
        f"{base_url}/api/v1/signature-requests",
        json={
            "company": GOLDEN_HARVEST,
            "title": title,
            "documents": [
                {
                    "file_name": "agreement.pdf",
                    "content": base64.b64encode(agreement(title)).decode(),
                }
            ],
        },
        headers={"Idempotency-Key": title},
    )


def status(client: Client, token: str, base_url: str, reference: str) -> dict[str, Any]:
    address = f"{base_url}/api/v1/signature-requests/{reference}"
    return dict(client.call(token, "GET", address).json())


def wait_until_complete(
    client: Client, token: str, base_url: str, reference: str, *, within: float
) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found = status(client, token, base_url, reference)
        assert found["status"] in {"sealing", "complete"}, found
        return found if found["status"] == "complete" else None

    return eventually(look, within=within)


def verify(base_url: str, content: bytes) -> dict[str, Any]:
    """Ask the public API what a file is worth."""
    answer = httpx2.post(
        f"{base_url}/api/v1/verifications",
        json={"content": base64.b64encode(content).decode()},
        headers={"Prefer": "wait=10"},
        timeout=30,
    )
    assert answer.status_code in {200, 202}, answer.text
    address = urljoin(base_url, answer.headers["Location"])

    def look() -> dict[str, Any] | None:
        found = dict(httpx2.get(address, timeout=30).json())
        return found if found["status"] == "done" else None

    return eventually(look, within=20)


def pdfsig(folder: Path, root: str, content: bytes) -> str:
    """Ask poppler, with our root in its own database of trust."""
    database = folder / "nss"
    if not database.exists():
        database.mkdir()
        for words in (
            ["-N", "--empty-password"],
            ["-A", "-n", "root", "-t", "CT,C,C", "-i", root],
        ):
            subprocess.run(["certutil", *words, "-d", database], check=True)
    path = folder / "signed.pdf"
    path.write_bytes(content)
    words = ["pdfsig", "-no-ocsp", "-nssdir", str(database), str(path)]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


@pytest.mark.needs("pdfsig", "certutil", "qpdf")
def test_two_directors_sign_and_anybody_can_tell(
    portal_of: PortalOf,
    person_named: Person,
    sandbox: dict[str, Any],
    new_portal: Callable[[], Portal],
    tmp_path: Path,
) -> None:
    lee, chan = portal_of("Lee Siu Ming"), portal_of("Chan Ka Yan")

    # A director uploads the agreement; its pages are shown as pictures made in the fence.
    page = lee.open("/sign/new").press(
        "Ask for signatures",
        files={"document": ("agreement.pdf", agreement("Supply agreement"), "application/pdf")},
        Title="Supply agreement",
    )
    assert page.status == 200, page.text
    reference = page.url.rstrip("/").split("/")[-1]

    # The first of two approves: nothing is signed yet, and it says so.
    page = lee.open(f"/sign/{reference}/approve")
    assert "If you approve, one more director is still needed." in page.text
    image = lee.http.get(f"/sign/{reference}/documents/1/pages/1.png")
    assert image.content.startswith(b"\x89PNG")
    page = approve(lee, person_named("Lee Siu Ming"), reference)
    assert "1 signed, 1 still needed" in page.text

    # The second completes the rule: persons and seal go on by themselves.
    page = chan.open(f"/sign/{reference}/approve")
    assert "If you approve, the signing is complete" in page.text
    approve(chan, person_named("Chan Ka Yan"), reference)
    eventually(
        lambda: "Download the signed document" in chan.open(f"/sign/{reference}").html,
        within=20,
    )
    signed = chan.http.get(f"/sign/{reference}/documents/1").content

    # Anybody's verdict, in plain words, by page and by API.
    stranger = new_portal()
    page = stranger.open("/verify").press(
        "Check this file", files={"file": ("signed.pdf", signed, "application/pdf")}
    )
    page = eventually(
        lambda: found if GREEN in (found := stranger.open(page.url)).text else None, within=20
    )
    assert "Lee Siu Ming" in page.text
    assert "Chan Ka Yan" in page.text
    assert "the company had authorised them" in page.text
    assert verify(sandbox["base_url"], signed)["level"] == "green"

    # Two programs that know nothing of us agree.
    said = pdfsig(tmp_path, sandbox["root_certificate"], signed)
    assert said.count("Signature is Valid.") >= 3
    assert said.count("Certificate is Trusted.") >= 3
    checked = subprocess.run(
        ["qpdf", "--check", tmp_path / "signed.pdf"], capture_output=True, text=True, check=True
    )
    assert "No syntax or stream encoding errors found" in checked.stdout

    # One changed byte, and all of them say so.
    at = signed.index(b"Supply agreement")
    changed = signed[:at] + b"T" + signed[at + 1 :]
    verdict = verify(sandbox["base_url"], changed)
    assert verdict["level"] == "red"
    assert verdict["sentence"].startswith(RED)
    assert "Digest Mismatch" in pdfsig(tmp_path, sandbox["root_certificate"], changed)


def test_a_worker_killed_while_it_signs_leaves_exactly_one_signature(
    running: Product,
    client_of: Callable[[str], Client],
    portal_of: PortalOf,
    person_named: Person,
    record_property: Callable[[str, object], None],
) -> None:
    bank, base_url = client_of("harbour-bank"), running.base_url
    token = bank.own_token("sign")
    asked = ask(bank, token, base_url, "Killed while signing")
    approve(portal_of("Lee Siu Ming"), person_named("Lee Siu Ming"), asked["id"])
    arm(running, "signatures.seal.after_sign", "SIGKILL")

    approve(portal_of("Ho Wai Kit"), person_named("Ho Wai Kit"), asked["id"])
    reached(running, "signatures.seal.after_sign")
    killed_at = time.monotonic()
    wait_until_complete(bank, token, base_url, asked["id"], within=2 * TAKEN_UP_AGAIN_WITHIN)
    took = time.monotonic() - killed_at

    record_property("figure", f"signing taken up again after kill -9: {took:.1f} s")
    assert number_of_signatures(bank, token, base_url, asked["id"]) == 3


def test_a_worker_that_wakes_after_its_lease_changes_nothing(
    running: Product,
    client_of: Callable[[str], Client],
    portal_of: PortalOf,
    person_named: Person,
) -> None:
    bank, base_url = client_of("harbour-bank"), running.base_url
    token = bank.own_token("sign")
    asked = ask(bank, token, base_url, "Asleep while signing")
    approve(portal_of("Chan Ka Yan"), person_named("Chan Ka Yan"), asked["id"])
    arm(running, "signatures.seal.after_sign", "SIGSTOP")

    approve(portal_of("Ho Wai Kit"), person_named("Ho Wai Kit"), asked["id"])
    sleeper = reached(running, "signatures.seal.after_sign")
    complete = wait_until_complete(
        bank, token, base_url, asked["id"], within=2 * TAKEN_UP_AGAIN_WITHIN
    )
    digest = complete["documents"][0]["signed_sha256"]
    os.kill(sleeper, 18)  # SIGCONT: it wakes and goes on where it was
    time.sleep(3)

    after = status(bank, token, base_url, asked["id"])
    assert after["documents"][0]["signed_sha256"] == digest
    assert number_of_signatures(bank, token, base_url, asked["id"]) == 3


def arm(running: Product, point: str, signal: str) -> None:
    folder = running.state / "crash-points"
    folder.mkdir(exist_ok=True)
    (folder / f"{point}.reached").unlink(missing_ok=True)
    (folder / point).write_text(signal)


def reached(running: Product, point: str) -> int:
    """Wait until a worker has reached the point; give its process id."""
    note = running.state / "crash-points" / f"{point}.reached"
    eventually(note.exists, within=20)
    return int(eventually(note.read_text, within=2))


def number_of_signatures(client: Client, token: str, base_url: str, reference: str) -> int:
    """Count the signatures in the signed document, the archive time-stamp apart."""
    address = f"{base_url}/api/v1/signature-requests/{reference}/documents/1"
    signed = client.call(token, "GET", address).content
    return len(verify(base_url, signed)["signatures"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "not_pdf"),
        (b"%PDF-1.7\nnothing more", "pdf_cut_short"),
    ],
    ids=["nothing", "a picture", "half a PDF"],
)
def test_a_bad_upload_is_refused_in_words_with_a_code(
    content: bytes,
    code: str,
    client_of: Callable[[str], Client],
    portal_of: PortalOf,
    sandbox: dict[str, Any],
) -> None:
    bank = client_of("harbour-bank")
    answer = bank.call(
        bank.own_token("sign"),
        "POST",
        f"{sandbox['base_url']}/api/v1/signature-requests",
        json={
            "company": GOLDEN_HARVEST,
            "title": "Bad",
            "documents": [
                {"file_name": "x.pdf", "content": base64.b64encode(content).decode()}
            ],
        },
    )
    problem = json.loads(answer.content)
    assert answer.status_code < 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["code"] == code
    assert problem["trace_id"]

    page = (
        portal_of("Lee Siu Ming")
        .open("/sign/new")
        .press(
            "Ask for signatures",
            files={"document": ("x.pdf", content, "application/pdf")},
            Title="Bad",
        )
    )
    assert page.status < 500
    assert "There is a problem" in page.text
