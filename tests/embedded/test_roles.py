"""The table of command lines, and that docker-compose.yml repeats it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from corpid.embedded.processes import kill_group, spawn
from corpid.embedded.provisioning import APPLICATION, OWNER
from corpid.embedded.roles import PREPARE, ROOT, roles_of_a_laptop, roles_of_production
from corpid.embedded.run import command_line
from corpid.embedded.state import SECRETS
from corpid.jobs.registry import Queue
from tests.running import Product

QUEUES = {queue.value for queue in Queue}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return parsed


def queues_served(commands: list[tuple[str, ...]]) -> list[str]:
    lines = [
        command[command.index("--queues") + 1] for command in commands if "--queues" in command
    ]
    return sorted(",".join(lines).split(","))


def test_compose_runs_the_roles_of_production_by_the_same_command_lines(
    compose: dict[str, Any],
) -> None:
    services = {
        name: tuple(service["command"])
        for name, service in compose["services"].items()
        if service["image"] == "corpid" and service["restart"] != "no"
    }

    assert services == {role.name: role.command for role in roles_of_production()}
    assert tuple(compose["services"]["prepare"]["command"]) == PREPARE.command


@pytest.mark.parametrize("roles", [roles_of_a_laptop(), roles_of_production()])
def test_each_queue_has_a_worker_and_only_one_kind(roles: list[Any]) -> None:
    assert queues_served([role.command for role in roles]) == sorted(QUEUES)


def test_compose_gives_every_role_each_secret_or_does_not_start(
    compose: dict[str, Any],
) -> None:
    given = compose["services"]["web"]["environment"]

    for secret in SECRETS:
        assert re.fullmatch(rf"\$\{{{secret}:\?.+\}}", given[secret])
    assert given["CORPID_MODE"] == "production"


def test_compose_gives_the_owners_role_to_those_who_make_tables_alone(
    compose: dict[str, Any],
) -> None:
    holders = {
        name
        for name, service in compose["services"].items()
        if OWNER in str(service.get("environment"))
    }

    assert holders == {"provision", "prepare"}
    assert APPLICATION in compose["services"]["web"]["environment"]["DATABASE_URL"]


def test_the_image_holds_every_package_that_runs() -> None:
    copied = re.findall(r"^COPY (\S+) \1$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    apps = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}

    assert set(copied) >= apps | {"templates", "static", "locale"}


def test_the_image_is_made_with_what_the_settings_ask_for() -> None:
    [lines] = re.findall(
        r"^RUN ((?:.*\\\n)*.*collectstatic.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    given = dict(word.split("=", 1) for word in lines.split() if re.match(r"[A-Z_]+=", word))

    tried = subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--dry-run"],
        check=False,
        cwd=ROOT,
        env={"PATH": os.defpath, **given},
        capture_output=True,
        text=True,
    )

    assert tried.returncode == 0, tried.stderr


@pytest.mark.parametrize(
    "name", [role.name for role in roles_of_production() if role.name.startswith("worker-")]
)
def test_a_worker_of_one_queue_starts(running: Product, tmp_path: Path, name: str) -> None:
    [role] = [role for role in roles_of_production() if role.name == name]
    log = tmp_path / "log"
    log.touch()

    process = spawn(
        command_line(role, running.environment),
        environment=running.environment,
        log=log,
        folder=ROOT,
        signal_at_parents_death=signal.SIGTERM,
    )

    try:
        began = time.monotonic()
        while " ready." not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < began + 30, log.read_text()
            time.sleep(0.1)
    finally:
        process.terminate()
        try:
            assert process.wait(timeout=10) == 0
        except subprocess.TimeoutExpired:
            kill_group(process.pid)
            raise
