"""var/sandbox.json as a running product has it, and what it lets people do."""

import json
import os
from pathlib import Path

import jsonschema_rs
import pytest

from tests.journeys.portal import Portal
from tests.running import Product

pytestmark = pytest.mark.journey

FILLED_WHILE_RUNNING = (
    *("registers", "mailbox_url", "root_certificate", "database_url", "broker_url"),
    "processes",
)


def test_the_handle_of_a_running_product_has_its_shape(running: Product) -> None:
    schema = json.loads((Path(__file__).parent / "sandbox.schema.json").read_text())
    handle = running.sandbox

    problems = list(jsonschema_rs.validator_for(schema).iter_errors(handle))

    assert [f"{list(problem.instance_path)}: {problem.message}" for problem in problems] == []
    assert [key for key in FILLED_WHILE_RUNNING if handle[key] is None] == []
    assert None not in handle["examples"].values()


def test_it_names_processes_that_run(running: Product) -> None:
    processes = {each["role"]: each["pid"] for each in running.sandbox["processes"]}

    assert processes.keys() >= {
        *("supervisor", "web", "worker", "housekeeper", "beat"),
        *("registers", "department", "bank", "postgresql", "valkey"),
    }
    for pid in processes.values():
        os.kill(pid, 0)  # raises if there is none


def test_its_root_certificate_can_be_read(running: Product) -> None:
    pem = Path(running.sandbox["root_certificate"]).read_text()

    assert pem.startswith("-----BEGIN CERTIFICATE-----")


def test_a_caseworker_opens_the_reading_room(running: Product) -> None:
    browser = Portal(running.base_url)
    try:
        page = browser.open("/admin/")
        page = browser.sign_in(running.sandbox["caseworkers"][0], page=page)
        companies = browser.open("/admin/authentication/company/?q=71234567")
    finally:
        browser.http.close()

    assert page.url.endswith("/admin/")
    assert companies.status == 200
    assert "71234567" in companies.text


def test_a_director_does_not(running: Product) -> None:
    browser = Portal(running.base_url)
    (director,) = [
        person
        for person in running.sandbox["persons"]
        if person["email"].startswith("waikit.ho")
    ]
    try:
        browser.sign_in(director)
        page = browser.open("/admin/")
    finally:
        browser.http.close()

    assert page.status == 403
    assert "not_allowed" in page.text
