"""The log of a running Corp ID, as an outsider and its auditor see it."""

import os
import subprocess
import sys
from typing import Any

import httpx2

from corpid.embedded.roles import ROOT
from corpid.protocols.checkpoint import NoteNotAuthentic, VerifierKey, read_checkpoint
from corpid.protocols.cosignature import CosignerKey, cosigned_at
from tests.journeys.client import Client
from tests.journeys.patience import eventually
from tests.running import Product

PUBLISHED_WITHIN = 20.0  # promised: 10 s; the machine also runs the other tests


def bank(sandbox: dict[str, Any]) -> Client:
    (facts,) = [one for one in sandbox["e_services"] if one["slug"] == "harbour-bank"]
    return Client(
        issuer=sandbox["issuer"],
        client_id=facts["client_id"],
        jwks=facts["private_jwks"],
        redirect_uri=facts["redirect_uris"][0],
    )


def test_an_event_is_under_a_published_checkpoint_soon_and_the_log_verifies(
    running: Product,
) -> None:
    with httpx2.Client(base_url=running.base_url, timeout=30) as outsider:

        def size() -> int:
            answer = outsider.get("/audit/checkpoint")
            if answer.status_code != 200:
                return 0
            key = VerifierKey.read(outsider.get("/audit/public-key").text)
            return read_checkpoint(answer.text, key=key).size

        before = size()
        client = bank(running.sandbox)
        client.own_token("prefill")
        client.http.close()

        eventually(lambda: size() > before, within=PUBLISHED_WITHIN)
        trusted = outsider.get("/audit/public-key").text.strip()
        witness = running.state / "witness" / "witness.pub"
        cosigner = CosignerKey.read(witness.read_text())

        def is_cosigned() -> bool:
            try:
                cosigned_at(outsider.get("/audit/checkpoint").text, key=cosigner)
            except NoteNotAuthentic:
                return False
            return True

        if not is_cosigned():  # the witness starts beside the log and may have missed a head
            client = bank(running.sandbox)
            client.own_token("prefill")
            client.http.close()
        eventually(is_cosigned, within=2 * PUBLISHED_WITHIN)

    command = [sys.executable, "-m", "corpid.embedded", "manage", "verify_audit"]
    verified = subprocess.run(
        [*command, "--public-key", trusted, "--witness-key", str(witness)],
        check=False,
        cwd=ROOT,
        env={**os.environ, "CORPID_VAR": str(running.state)},
        capture_output=True,
        text=True,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "The audit log is intact." in verified.stdout
