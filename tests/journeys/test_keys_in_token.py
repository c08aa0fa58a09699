"""Signing with every key in a PKCS #11 token, on real processes; and while it is away."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from corpid.embedded.roles import ROOT
from tests.journeys.client import Client
from tests.journeys.patience import eventually
from tests.journeys.portal import Portal
from tests.journeys.test_signing import approve, ask, status, verify, wait_until_complete
from tests.needs import softhsm_module
from tests.running import Product
from tests.soft_token import LABEL, PIN, SoftToken

pytestmark = [
    pytest.mark.journey,
    pytest.mark.needs("softhsm"),
    pytest.mark.processes,
]
DIRECTORS = ("Lee Siu Ming", "Chan Ka Yan")
AWAY = 75  # seconds: longer than six attempts of a job take
BACKENDS = """
import django
django.setup()
from corpid.keys.models import SigningKey
print(sorted(SigningKey.objects.values_list("backend", "algorithm").distinct()))
"""


@dataclass
class House:
    """Corp ID with a token, its directors' browsers, and the bank that asks."""

    product: Product
    token: SoftToken
    persons: list[dict[str, Any]]
    browsers: list[Portal]
    bank: Client

    def asked(self, title: str) -> str:
        asked = ask(self.bank, self.bank.own_token("sign"), self.product.base_url, title)
        return str(asked["id"])

    def approved(self, reference: str) -> None:
        for browser, person in zip(self.browsers, self.persons, strict=True):
            approve(browser, person, reference)

    def complete(self, reference: str, *, within: float) -> bytes:
        token, base_url = self.bank.own_token("sign"), self.product.base_url
        wait_until_complete(self.bank, token, base_url, reference, within=within)
        address = f"{base_url}/api/v1/signature-requests/{reference}/documents/1"
        return bytes(self.bank.call(token, "GET", address).content)

    def readiness(self) -> dict[str, str]:
        answer = httpx2.get(f"{self.product.base_url}/readyz", timeout=30)
        return dict(answer.json()["parts"])


@pytest.fixture(scope="module", params=["ES256", pytest.param("RS256", marks=pytest.mark.soak)])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("token")
    token = SoftToken(folder / "softhsm")
    token.make()
    product = Product(folder / "running")
    with pytest.MonkeyPatch.context() as environment, ExitStack() as opened:
        for name, value in {
            "SOFTHSM2_CONF": str(token.configuration),
            "PKCS11_MODULE": softhsm_module(),
            "PKCS11_TOKEN_LABEL": LABEL,
            "PKCS11_TOKEN_PIN": PIN,
            "CERTIFICATE_KEY_ALGORITHM": request.param,
        }.items():
            environment.setenv(name, value)
        product.start()
        opened.callback(product.remove)
        yield _people_of(product, token, opened)


def _people_of(product: Product, token: SoftToken, opened: ExitStack) -> House:
    sandbox = product.sandbox
    persons = [
        next(each for each in sandbox["persons"] if each["name_en"] == name)
        for name in DIRECTORS
    ]
    browsers = [Portal(product.base_url, language="en") for _ in persons]
    for browser, person in zip(browsers, persons, strict=True):
        opened.callback(browser.http.close)
        assert browser.sign_in(person).status == 200
    bank = next(each for each in sandbox["e_services"] if each["slug"] == "harbour-bank")
    client = Client(
        issuer=sandbox["issuer"],
        client_id=bank["client_id"],
        jwks=bank["private_jwks"],
        redirect_uri=bank["redirect_uris"][0],
    )
    opened.callback(client.http.close)
    return House(product, token, persons, browsers, client)


def test_a_document_is_signed_with_keys_that_never_leave_the_token(house: House) -> None:
    reference = house.asked("In the token")
    house.approved(reference)

    signed = house.complete(reference, within=30)

    verdict = verify(house.product.base_url, signed)
    assert (verdict["level"], len(verdict["signatures"])) == ("green", 3)
    kept = subprocess.run(
        [sys.executable, "-c", BACKENDS],
        cwd=ROOT,
        env={**house.product.environment, "DJANGO_SETTINGS_MODULE": "corpid.settings"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "software" not in kept


def test_while_the_token_is_away_documents_wait_and_are_then_signed(
    house: House, record_property: Any
) -> None:
    reference = house.asked("While the token is away")
    access = house.bank.own_token("sign")
    house.token.take_away()
    taken = time.monotonic()
    house.approved(reference)

    eventually(lambda: house.readiness()["keys"] == "TokenAway", within=10)
    while time.monotonic() - taken < AWAY:
        found = status(house.bank, access, house.product.base_url, reference)
        assert found["status"] == "sealing"
        time.sleep(1)
    house.token.put_back()
    back = time.monotonic()

    signed = house.complete(reference, within=30)

    seconds = time.monotonic() - back
    verdict = verify(house.product.base_url, signed)
    assert (verdict["level"], len(verdict["signatures"])) == ("green", 3)
    eventually(lambda: house.readiness()["keys"] == "ok", within=10)
    logs = "".join(path.read_text() for path in house.product.state.rglob("*.log"))
    assert "key token is away" in logs
    assert "key token is back" in logs
    assert PIN not in logs
    record_property(
        "figure", f"token away for {AWAY} s: document signed {seconds:.1f} s after it came back"
    )


def test_the_pin_is_in_no_log(house: House) -> None:
    logs = "".join(path.read_text() for path in Path(house.product.state).rglob("*.log"))

    assert logs
    assert PIN not in logs
