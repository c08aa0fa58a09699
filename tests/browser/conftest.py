"""Chromium, and people of the running product who are signed in once for all tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from tests.browser.visiting import ARGUMENTS, Look, sign_in, visit
from tests.running import Product

SignedIn = Callable[[dict[str, Any]], StorageState]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start a browser for one module: while it runs, this thread has a running event loop.

    Kept open for the session it would break every later test that starts a loop of its own.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def cookies_by_email() -> dict[str, StorageState]:
    return {}


@pytest.fixture(scope="module")
def signed_in(
    chromium: Browser, running: Product, cookies_by_email: dict[str, StorageState]
) -> SignedIn:
    """Give the cookies of a person (or caseworker) of the sandbox, by their e-mail."""

    def state_of(person: dict[str, Any]) -> StorageState:
        email = person["email"]
        if email not in cookies_by_email:
            with visit(chromium, running.base_url, Look()) as visited:
                sign_in(visited, person)
                cookies_by_email[email] = visited.page.context.storage_state()
        return cookies_by_email[email]

    return state_of


@pytest.fixture
def director(running: Product, signed_in: SignedIn) -> StorageState:
    return signed_in(running.sandbox["persons"][0])


@pytest.fixture
def caseworker(running: Product, signed_in: SignedIn) -> StorageState:
    return signed_in(running.sandbox["caseworkers"][0])
