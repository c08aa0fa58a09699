"""docker-compose.yml is what it says: the schema of its format, settings that exist, safe ones.

There is no container engine here: that the images start is not tried. The command lines, both
configuration files and the environment are (test_roles.py, tests/pooled, tests/deploys).
"""

import ipaddress
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from corpid.embedded.roles import ROOT
from corpid.web_server import ANSWERS_END_WITHIN
from tests.test_settings import PRODUCTION, variables_read

# The Compose Specification's own (Apache License 2.0, beside it).
SCHEMA = json.loads((Path(__file__).parent / "compose_spec" / "compose-spec.json").read_text())
GIVEN = {
    **PRODUCTION,
    "APPLICATION_PASSWORD": "a1",
    "OWNER_PASSWORD": "b2",
    "POSTGRES_PASSWORD": "c3",
    "EMAIL_URL": "smtp://mail.example:25",
}
# What is read elsewhere than in settings.py, and by whom.
READ_ELSEWHERE = {
    "AWS_ACCESS_KEY_ID": "boto3",
    "AWS_SECRET_ACCESS_KEY": "boto3",
    "DRAIN_SECONDS": "corpid/web_server.py",
    "GRANIAN_HOST": "corpid/web_server.py",
    "GRANIAN_PORT": "corpid/web_server.py",
    "MIGRATION_DATABASE_URL": "corpid/embedded/__main__.py",
    "SUPERUSER_DATABASE_URL": "corpid/embedded/__main__.py",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return parsed


def ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    services = compose["services"].items()
    return {name: service for name, service in services if service["image"] == "corpid"}


def filled_in(text: str) -> str:
    """Put values in the places of `${NAME:?why}` and `${NAME:-default}`, as compose does."""

    def value(found: re.Match[str]) -> str:
        name, how, default = found["name"], found["how"], found["rest"] or ""
        return GIVEN.get(name, default) if how == ":-" else GIVEN[name]

    pattern = r"\$\{(?P<name>[A-Z0-9_]+)(?:(?P<how>:[?-])(?P<rest>[^}]*))?\}"
    return re.sub(pattern, value, text)


def filled_in_with_defaults(text: str) -> str:
    return re.sub(r"\$\{[A-Z0-9_]+:-([^}]*)\}", r"\1", text)


def test_it_keeps_to_the_schema_of_the_compose_specification(compose: dict[str, Any]) -> None:
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(compose)


def test_the_schema_would_notice_a_slip(compose: dict[str, Any]) -> None:
    slipped = {**compose, "services": {"web": {"image": "corpid", "comand": ["python"]}}}

    with pytest.raises(jsonschema_rs.ValidationError, match="comand"):
        jsonschema_rs.Draft202012Validator(SCHEMA).validate(slipped)


def test_every_variable_that_it_sets_is_read_by_somebody(compose: dict[str, Any]) -> None:
    read = set(variables_read((ROOT / "corpid" / "settings.py").read_text()))
    for name, reader in READ_ELSEWHERE.items():
        if reader.startswith("corpid/"):
            assert f'"{name}"' in (ROOT / reader).read_text()

    set_ = {name for service in ours(compose).values() for name in service["environment"]}

    assert set_ - set(READ_ELSEWHERE) <= read


def test_the_guide_names_every_variable_that_it_takes_from_the_env_file() -> None:
    guide = (ROOT / "docs" / "production.md").read_text()
    text = (ROOT / "docker-compose.yml").read_text()

    taken = set(re.findall(r"\$\{([A-Z0-9_]+)", text))

    assert {"SECRET_KEY", "POSTGRES_PASSWORD", "OWNER_PASSWORD"} <= taken
    assert {name for name in taken if f"`{name}`" not in guide} == set()


def test_the_deployment_check_is_clean_with_its_environment(compose: dict[str, Any]) -> None:
    web = compose["services"]["web"]["environment"]
    environment = {name: filled_in(str(value)) for name, value in web.items()}

    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        check=False,
        cwd=ROOT,
        env={
            **environment,
            **{name: GIVEN[name] for name in ("PATH", "CORPID_VAR")},
        },
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


def test_forwarded_headers_are_believed_from_its_own_network_alone(
    compose: dict[str, Any],
) -> None:
    (declared,) = compose["networks"]["default"]["ipam"]["config"]
    network = ipaddress.ip_network(declared["subnet"])

    for service in ours(compose).values():
        assert filled_in_with_defaults(service["environment"]["TRUSTED_PROXIES"]) == str(
            network
        )
    assert network.is_private
    assert network.prefixlen >= 24
    assert not any("networks" in service for service in compose["services"].values())


def test_all_but_those_who_make_tables_go_through_the_pooler(compose: dict[str, Any]) -> None:
    """What `provision` is given as DATABASE_URL only names the role that it makes."""
    hosts = {
        name: re.sub(r".*@([^/:]+).*", r"\1", service["environment"]["DATABASE_URL"])
        for name, service in ours(compose).items()
    }

    assert hosts.pop("prepare") == "postgresql"
    assert set(hosts.values()) == {"pgbouncer"}
    superuser = compose["services"]["provision"]["environment"]["SUPERUSER_DATABASE_URL"]
    assert "@postgresql/" in superuser


def test_a_stop_leaves_time_for_the_drain_and_the_last_answers(compose: dict[str, Any]) -> None:
    drain = int(filled_in(compose["services"]["web"]["environment"]["DRAIN_SECONDS"]))

    patience = {int(service["stop_grace_period"][:-1]) for service in ours(compose).values()}

    assert min(patience) >= drain + ANSWERS_END_WITHIN


def test_web_servers_can_be_many(compose: dict[str, Any]) -> None:
    """A published port belongs to one: only the balancer has it, and for this machine alone."""
    published = {
        name: service["ports"]
        for name, service in compose["services"].items()
        if "ports" in service
    }

    assert published == {"balancer": ["127.0.0.1:8000:8000"]}


@pytest.mark.needs("haproxy")
def test_the_balancer_reads_its_configuration() -> None:
    checked = subprocess.run(
        ["/usr/sbin/haproxy", "-c", "-f", str(ROOT / "haproxy.cfg")],
        check=False,
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "[WARNING]" not in checked.stderr
