"""What production refuses to start without, and what Django's own deployment check says."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).parent.parent
PRODUCTION = {
    "PATH": os.environ["PATH"],
    "CORPID_MODE": "production",
    "BASE_URL": "https://corpid.example",
    "SECRET_KEY": "k7Qm2vX9sB4nT6wZ8yA1cE3fG5hJ0lPqRuSxVzWdYbNiOoMtKg_HjLp-rU",
    "KEY_ENCRYPTION_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE",
    "IDENTIFIER_HMAC_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE",
    "DATABASE_URL": os.environ.get("DATABASE_URL", ""),
    "CACHE_URL": os.environ.get("CACHE_URL", ""),
    "BROKER_URL": os.environ.get("BROKER_URL", ""),
    "CORPID_VAR": os.environ.get("CORPID_VAR", ""),
    "REGISTERS_URL": "https://registers.example",
    "REGISTERS_TOKEN": "a token of the gateway",
    "EMAIL_URL": "smtp+tls://post:secret@mail.example:587",
    "TRUSTED_PROXIES": "10.1.0.0/16",
}


LOAD = "import corpid.settings"


def python(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_the_deployment_check_is_clean() -> None:
    check = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    checked = python(*check, environment=PRODUCTION)

    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


@pytest.mark.parametrize(
    "missing",
    [
        "SECRET_KEY",
        "KEY_ENCRYPTION_KEY",
        "IDENTIFIER_HMAC_KEY",
        "BASE_URL",
        "EMAIL_URL",
        "DATABASE_URL",
        "CACHE_URL",
        "BROKER_URL",
    ],
)
def test_a_missing_setting_stops_the_start(missing: str) -> None:
    without = {name: value for name, value in PRODUCTION.items() if name != missing}

    started = python("-c", LOAD, environment=without)

    assert f"Set the {missing} environment variable" in started.stderr


@pytest.mark.parametrize("missing", ["PKCS11_TOKEN_LABEL", "PKCS11_TOKEN_PIN"])
def test_a_token_without_its_label_or_pin_stops_the_start(missing: str) -> None:
    token = {
        "PKCS11_MODULE": "/m.so",
        "PKCS11_TOKEN_LABEL": "corpid",
        "PKCS11_TOKEN_PIN": "1234",
    }
    del token[missing]

    started = python("-c", LOAD, environment={**PRODUCTION, **token})

    assert f"Set the {missing} environment variable" in started.stderr


@pytest.mark.parametrize("empty", ["PKCS11_TOKEN_LABEL", "PKCS11_TOKEN_PIN"])
def test_a_token_whose_label_or_pin_is_empty_stops_the_start(empty: str) -> None:
    token = {
        "PKCS11_MODULE": "/m.so",
        "PKCS11_TOKEN_LABEL": "corpid",
        "PKCS11_TOKEN_PIN": "1234",
        empty: "",
    }

    started = python("-c", LOAD, environment={**PRODUCTION, **token})

    assert "needs PKCS11_TOKEN_LABEL and PKCS11_TOKEN_PIN" in started.stderr


def test_an_algorithm_that_certificates_do_not_have_stops_the_start() -> None:
    wrong = {"CERTIFICATE_KEY_ALGORITHM": "HS256"}

    started = python("-c", LOAD, environment={**PRODUCTION, **wrong})

    assert "ES256 or RS256" in started.stderr


@pytest.mark.parametrize("text", ["true", "0.0.0.0/0"])
def test_proxies_that_are_no_networks_stop_the_start(text: str) -> None:
    started = python("-c", LOAD, environment={**PRODUCTION, "TRUSTED_PROXIES": text})

    assert "TRUSTED_PROXIES names networks" in started.stderr


@pytest.mark.parametrize(
    ("token", "complaint"), [("x" * 31, "METRICS_TOKEN has 32"), ("x" * 32, ""), ("", "")]
)
def test_a_token_for_metrics_that_could_be_guessed_stops_the_start(
    token: str, complaint: str
) -> None:
    started = python("-c", LOAD, environment={**PRODUCTION, "METRICS_TOKEN": token})

    assert bool(started.returncode) == bool(complaint)
    assert complaint in started.stderr


def test_production_refuses_an_address_without_tls() -> None:
    started = python(
        "-c", LOAD, environment={**PRODUCTION, "BASE_URL": "http://corpid.example"}
    )

    assert "BASE_URL must be an https:// address" in started.stderr


def test_production_is_what_an_unnamed_mode_means() -> None:
    unnamed = {name: value for name, value in PRODUCTION.items() if name != "CORPID_MODE"}

    started = python("-c", LOAD, environment={**unnamed, "BASE_URL": "http://corpid.example"})

    assert "in production" in started.stderr


def test_the_guide_for_operators_names_every_variable_that_the_settings_read() -> None:
    guide = (ROOT / "docs" / "production.md").read_text()

    read = set(variables_read((ROOT / "corpid" / "settings.py").read_text()))

    assert {"DATABASE_URL", "LOG_LEVEL", "REGISTER_BUSINESS_REGISTRATION_URL"} <= read
    assert {name for name in read if f"`{name}`" not in guide} == set()


def variables_read(source: str) -> Iterator[str]:
    """Give the names in `env.…("NAME")`, and one for each register where it is put together."""
    for call in ast.walk(ast.parse(source)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        if not (isinstance(call.func.value, ast.Name) and call.func.value.id == "env"):
            continue
        name = call.args[0]
        if isinstance(name, ast.Constant):
            yield str(name.value)
        else:
            assert ast.unparse(name) == "f'REGISTER_{register.upper()}_URL'"
            yield from (f"REGISTER_{register.upper()}_URL" for register in settings.REGISTERS)
