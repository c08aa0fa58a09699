"""The data are destroyed and come back as they were at a second between two acts."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from corpid.embedded.places import place_outside
from corpid.embedded.roles import ROOT
from tests.journeys.client import Client
from tests.journeys.portal import Portal
from tests.journeys.test_signing import approve, ask, verify, wait_until_complete
from tests.running import Product

pytestmark = pytest.mark.processes


@dataclass
class Drill:
    """Corp ID in a folder of its own, its backups beside it, and who works with it."""

    product: Product
    stack: ExitStack
    browsers: dict[str, Portal] = field(default_factory=dict)

    def person(self, name: str) -> dict[str, Any]:
        (found,) = [each for each in self.product.sandbox["persons"] if each["name_en"] == name]
        return dict(found)

    def signed_in(self, name: str) -> Portal:
        portal = Portal(self.product.base_url)
        self.stack.callback(portal.http.close)
        page = portal.sign_in(self.person(name))
        assert "Sign out" in page.html, page.text
        return portal

    def browser(self, name: str) -> Portal:
        if name not in self.browsers:
            self.browsers[name] = self.signed_in(name)
        return self.browsers[name]

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

    def destroy(self) -> None:
        """Kill everything at once and lose both the database and the documents."""
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


def test_a_destroyed_corp_id_comes_back_as_it_was_between_two_acts(
    drill: Drill, record_property: Any
) -> None:
    product = drill.product
    taken = drill.embedded("backup")
    assert taken.returncode == 0, taken.stderr
    bank = drill.bank()
    token = bank.own_token("sign")
    before = ask(bank, token, product.base_url, "Before")
    for name in ("Lee Siu Ming", "Chan Ka Yan"):
        approve(drill.browser(name), drill.person(name), before["id"])
    wait_until_complete(bank, token, product.base_url, before["id"], within=30)
    address = f"{product.base_url}/api/v1/signature-requests/{before['id']}/documents/1"
    signed = bank.call(token, "GET", address).content
    time.sleep(1.1)
    moment = datetime.now(UTC).isoformat()
    time.sleep(1.1)
    after = ask(bank, token, product.base_url, "After")
    time.sleep(3)  # what outlives the machine is what was received: seconds

    drill.destroy()
    restored = drill.embedded("restore", moment)
    assert restored.returncode == 0, restored.stderr
    record_property("figure", restored.stdout.splitlines()[-2])
    product.start()

    bank = drill.bank()
    token = bank.own_token("sign")
    again = bank.call(token, "GET", address)
    assert again.content == signed
    assert verify(product.base_url, signed)["level"] == "green"
    gone = f"{product.base_url}/api/v1/signature-requests/{after['id']}"
    assert bank.call(token, "GET", gone).status_code == 404
    page = drill.browser("Lee Siu Ming").open("/")
    assert "Sign out" not in page.html
    drill.signed_in("Ho Wai Kit")
