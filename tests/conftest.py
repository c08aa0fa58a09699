"""What every test may use."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from authentication.services.openid.authenticate_client import FAILURES
from corpid.api.call_limits import forget_calls
from corpid.embedded.provisioning import APPLICATION
from corpid.gathering import end_gathering, is_gathering
from corpid.keys.bounded import forget_everything
from corpid.operations.api.health import last_look
from corpid.restores.generation import PRESENT_GENERATION
from tests.needs import not_run_here, refuse_or_skip
from tests.running import running

__all__ = ["running"]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Set apart what uses the running product: it starts and kills processes."""
    if "running" in getattr(item, "fixturenames", ()):
        item.add_marker("processes")


def pytest_runtest_setup(item: pytest.Item) -> None:
    refuse_or_skip(item)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell what was not run here, and what tests measured (`record_property("figure", …)`)."""
    reports = [
        report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)
    ]
    figures = [
        value
        for report in reports
        for name, value in report.user_properties
        if name == "figure"
    ]
    absent = list(not_run_here(terminalreporter.getreports("skipped")))
    for title, lines in (("figures measured", figures), ("not run here", absent)):
        if lines:
            terminalreporter.section(title)
        for line in sorted(lines):
            terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Give each test an empty Valkey: throttles and replay sets end with the test.

    Only this worker's database is emptied. Never send FLUSHALL from a test: the workers share
    one server (a test of a wiped Valkey uses the running product of tests/running.py).
    """
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _language_ends_with_the_test() -> Iterator[None]:
    """Let no test read what another's language left active in this thread."""
    yield
    translation.activate("en")


@pytest.fixture(autouse=True)
def _no_call_counted() -> Iterator[None]:
    """Let what this process counted by itself end with the test, like Valkey's counts."""
    yield
    forget_calls()
    FAILURES.forget()


@pytest.fixture(autouse=True)
def _no_key_remembered() -> Iterator[None]:
    """Let no key outlive the test whose transaction made it."""
    yield
    forget_everything()


@pytest.fixture(autouse=True)
def _generation_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no second pass within a test: its look for a restore would count as a query."""
    monkeypatch.setattr(PRESENT_GENERATION, "_seconds", 600.0)


@pytest.fixture(autouse=True)
def _lines_and_counts_at_once() -> None:
    """Let no thread gather anything because some test imported the web server's module."""
    if is_gathering():
        end_gathering()


@pytest.fixture(autouse=True)
def _readiness_not_remembered() -> Iterator[None]:
    """Let each test's first look at /readyz be a real one."""
    yield
    last_look.forget()


@pytest.fixture
def application_role(
    transactional_db: None,  # emptied as the owner, after this fixture
) -> Iterator[None]:
    """Connect as the application's own role, which may not change tables."""
    settings = connection.settings_dict
    owner = settings["USER"]
    connection.close()
    settings["USER"] = APPLICATION
    yield
    connection.close()
    settings["USER"] = owner
