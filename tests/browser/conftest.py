"""Chromium, and people of the running product who are signed in once for all tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from tests.browser.visiting import ARGUMENTS, Look, sign_in, visit
from tests.running import Product

SignedIn = Callable[[dict[str, Any]], StorageState]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, running: Product) -> SignedIn:
    """Give the cookies of a person (or caseworker) of the sandbox, by their e-mail."""
    states: dict[str, StorageState] = {}

    def state_of(person: dict[str, Any]) -> StorageState:
        email = person["email"]
        if email not in states:
            with visit(chromium, running.base_url, Look()) as visited:
                sign_in(visited, person)
                states[email] = visited.page.context.storage_state()
        return states[email]

    return state_of


@pytest.fixture
def director(running: Product, signed_in: SignedIn) -> StorageState:
    return signed_in(running.sandbox["persons"][0])


@pytest.fixture
def caseworker(running: Product, signed_in: SignedIn) -> StorageState:
    return signed_in(running.sandbox["caseworkers"][0])
