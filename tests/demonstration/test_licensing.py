"""The licensing department's samples, run as anybody would run them."""

import json
import subprocess
import sys
from typing import Any

import pytest

from corpid.embedded.roles import ROOT
from tests.running import Product

pytestmark = pytest.mark.journey


def run(product: Product, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        *(sys.executable, f"examples/licensing/{script}.py"),
        *("--sandbox", str(product.state / "sandbox.json")),
        *arguments,
    ]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_licence_is_issued_suspended_resumed_and_revoked(running: Product) -> None:
    issued = told(run(running, "issue_licence", "--ubi", "71234567", "--premises", "陳記分店"))
    states = [issued["state"]]
    for change in ("suspend", "resume", "revoke"):
        changed = run(
            running, "revoke_licence", issued["id"], "--change", change, "--reason", "A test"
        )
        states.append(told(changed)["state"])

    assert states == ["valid", "suspended", "valid", "revoked"]


def test_issuing_twice_under_one_number_gives_the_same_licence(running: Product) -> None:
    arguments = ("--ubi", "71234567", "--premises", "Golden Workshop", "--number", "2900000042")

    first = told(run(running, "issue_licence", *arguments))
    again = told(run(running, "issue_licence", *arguments))

    assert again == first


def test_a_company_that_has_not_joined_finds_it_later(running: Product) -> None:
    issued = told(run(running, "issue_licence", "--ubi", "12345678", "--premises", "陳記麵家"))

    assert issued["state"] == "held"


def test_a_number_that_is_no_business_identifier_is_refused(running: Product) -> None:
    refused = run(running, "issue_licence", "--ubi", "nonsense", "--premises", "Nowhere")

    assert refused.returncode == 1
    assert "business_identifier_malformed" in refused.stderr
    assert "trace id" in refused.stderr
