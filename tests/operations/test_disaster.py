"""The data are destroyed and come back as they were at a second between two acts."""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from corpid.embedded.places import place_outside
from corpid.embedded.roles import ROOT
from tests.journeys.client import Client
from tests.journeys.patience import eventually
from tests.journeys.portal import Portal
from tests.journeys.test_signing import ask, send_request, status, verify
from tests.running import Product

pytestmark = pytest.mark.processes

# Two directors agree to what the bank asked for, without the half minutes of one-time codes.
APPROVE = """
from django.utils import timezone
from authentication.models import Person
from signatures.models import SignatureRequest
from signatures.services.approve_signature import approve_signature
for reference in {references}:
    request = SignatureRequest.objects.get(reference=reference)
    for name in ("Lee Siu Ming", "Chan Ka Yan"):
        person = Person.objects.get(name_en=name)
        approve_signature(
            request=request, person=person, digest=request.digest, at=timezone.now()
        )
"""


SWITCH_OFF = """
from django.utils import timezone
from corpid.operations.services.turn_off_function import turn_off_function
turn_off_function(
    function="prefill", reason="Drill", actor="caseworker:night", at=timezone.now()
)
"""

PLACE_OF_SWITCH = """
from corpid.audit.models import Event, Leaf
switched = Event.objects.get(kind="operations.function.turned_off")
print(*Leaf.objects.filter(event_id=switched.id).values_list("index", flat=True))
"""


@dataclass
class Drill:
    """Corp ID in a folder of its own, its backups beside it, and the bank that asks."""

    product: Product
    stack: ExitStack

    def bank(self) -> Client:
        (registered,) = [
            each
            for each in self.product.sandbox["e_services"]
            if each["slug"] == "harbour-bank"
        ]
        client = Client(
            issuer=self.product.sandbox["issuer"],
            client_id=registered["client_id"],
            jwks=registered["private_jwks"],
            redirect_uri=registered["redirect_uris"][0],
        )
        self.stack.callback(client.http.close)
        return client

    def signed_in(self, name: str) -> Portal:
        (person,) = [
            each for each in self.product.sandbox["persons"] if each["name_en"] == name
        ]
        portal = Portal(self.product.base_url)
        self.stack.callback(portal.http.close)
        page = portal.sign_in(person)
        assert "Sign out" in page.html, page.text
        return portal

    def embedded(self, *words: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-m", "corpid.embedded", *words],
            check=False,
            cwd=ROOT,
            env={**kept, "CORPID_VAR": str(self.product.state)},
            capture_output=True,
            text=True,
        )

    def signed(self, count: int) -> dict[str, bytes]:
        """Have so many agreements of random words signed; give them by their addresses."""
        bank, base_url = self.bank(), self.product.base_url
        token = bank.own_token("sign")
        asked = [ask(bank, token, base_url, secrets.token_hex(8))["id"] for _ in range(count)]
        approved = self.embedded(
            "manage", "shell", "-v", "0", "-c", APPROVE.format(references=asked)
        )
        assert approved.returncode == 0, approved.stderr
        signed = {}
        for reference in asked:
            token = bank.own_token("sign")
            eventually(
                lambda token=token, reference=reference: (  # type: ignore[misc]  # bound now
                    status(bank, token, base_url, reference)["status"] == "complete"
                ),
                within=120,
            )
            path = f"/api/v1/signature-requests/{reference}/documents/1"
            signed[path] = bank.call(token, "GET", base_url + path).content
        return signed

    def switch_off_prefill(self) -> None:
        done = self.embedded("manage", "shell", "-v", "0", "-c", SWITCH_OFF)
        assert done.returncode == 0, done.stderr

    def place_of_switch(self) -> str:
        """Read the index of its leaf; empty while it is not sealed."""
        asked = self.embedded("manage", "shell", "-v", "0", "-c", PLACE_OF_SWITCH)
        assert asked.returncode == 0, asked.stderr
        return asked.stdout.strip()

    def audit_keys(self) -> str:
        return httpx2.get(f"{self.product.base_url}/audit/public-key", timeout=30).text

    def head(self) -> int:
        """Read the size of the latest checkpoint."""
        note = httpx2.get(f"{self.product.base_url}/audit/checkpoint", timeout=30).text
        return int(note.split("\n")[1])

    def destroy(self) -> None:
        """Lose the database and the documents; what others keep for us is there."""
        self.product.stop()
        shutil.rmtree(self.product.state / "data", ignore_errors=True)
        shutil.rmtree(place_outside(self.product.state), ignore_errors=True)
        shutil.rmtree(self.product.state / "files")


@pytest.fixture
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    product = Product(tmp_path_factory.mktemp("drill") / "var")
    product.start()
    product.port = urlsplit(product.base_url).port or product.port  # its address stays
    with ExitStack() as stack:
        yield Drill(product, stack)
    product.remove()


@pytest.mark.parametrize("count", [2, pytest.param(100, marks=pytest.mark.soak)])
def test_a_destroyed_corp_id_comes_back_as_it_was_between_two_acts(
    drill: Drill, count: int, tmp_path: Path, record_property: Any
) -> None:
    product, base_url = drill.product, drill.product.base_url
    key = tmp_path / "audit.pub"
    key.write_text(eventually(drill.audit_keys, within=60))  # made with the first head
    cookie = drill.signed_in("Ho Wai Kit")
    taken = drill.embedded("backup")
    assert taken.returncode == 0, taken.stderr
    before = drill.signed(count)
    time.sleep(1.1)
    moment = datetime.now(UTC).isoformat()
    time.sleep(1.1)
    earlier = drill.bank()
    token_of_after = earlier.own_token("sign")
    after = ask(earlier, token_of_after, base_url, "After")
    drill.switch_off_prefill()
    place = int(eventually(drill.place_of_switch, within=60))
    eventually(lambda: drill.head() > place, within=60)  # the loss will be seen from outside

    drill.destroy()
    began = time.monotonic()
    restored = drill.embedded("restore", moment)
    took = time.monotonic() - began
    assert restored.returncode == 0, restored.stderr
    record_property("figure", f"restore of {count} documents to a second: {took:.1f} s")
    product.start()

    told_what_was_forbidden(drill, restored.stdout)
    bank = drill.bank()
    document = base_url + next(iter(before))
    assert earlier.call(token_of_after, "GET", document).status_code == 401
    token = bank.own_token("sign")
    for path, content in before.items():
        assert bank.call(token, "GET", base_url + path).content == content
    for content in before.values():
        assert verify(base_url, content)["level"] == "green"
    gone = f"{base_url}/api/v1/signature-requests/{after['id']}"
    assert bank.call(token, "GET", gone).status_code == 404
    assert "Sign out" not in cookie.open("/").html  # its session ended with the restore
    drill.signed_in("Ho Wai Kit")
    refused = send_request(bank, token, base_url, "Later")
    assert (refused.status_code, refused.json()["code"]) == (503, "signing_switched_off")
    tell_of_the_restore(drill, key, restored.stdout)


def told_what_was_forbidden(drill: Drill, said: str) -> None:
    """Find the switch that was turned after the moment, proved by a head outside."""
    (lost,) = [line for line in said.splitlines() if line.startswith("lost switches:")]
    assert "operations.function.turned_off function:prefill by caseworker:night" in lost
    assert "no head outside covers it" not in lost
    assert "the file lacks them" not in said
    assert "lost otherwise: 1 signatures.request.opened" in said
    assert list(drill.product.state.glob("lost-events-*.jsonl"))


def tell_of_the_restore(drill: Drill, key: Path, said: str) -> None:
    """Let the auditor look, who knows of longer heads: first untold, then told."""
    look = ("manage", "verify_audit", "--public-key", str(key))
    untold = drill.embedded(*look)
    (event_id,) = [line.split()[-1] for line in said.splitlines() if "--accept-restore" in line]
    assert untold.returncode != 0
    assert f"restore_not_accepted: {event_id}" in untold.stdout
    assert "1 findings" in untold.stderr

    told = drill.embedded(*look, "--accept-restore", event_id)

    assert "The audit log is intact." in told.stdout, told.stdout
