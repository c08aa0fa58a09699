"""From an e-service through the sign-in and the consent page, and back, in a real Chromium.

Chromium holds the policy's `form-action` against every redirect after a form: a missing origin
shows here and nowhere else.
"""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2
import pytest
from joserfc.jwk import ECKey
from playwright.sync_api import Browser, StorageState

from tests.browser.visiting import SOME_LOOKS, Look, visit
from tests.journeys.client import Client
from tests.journeys.portal import one_time_code
from tests.running import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "fonts-noto-cjk"),
]


class _Back(BaseHTTPRequestHandler):
    """The page of the e-service that the browser comes back to."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Back at the e-service</title><link rel=icon href=data:,>")

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def form(running: Product) -> Iterator[Client]:
    """Register an e-service of the sandbox, with a page of its own on some port."""
    key = ECKey.generate_key("P-256", {"use": "sig", "kid": "form"})
    base_url = running.sandbox["base_url"]
    registered = httpx2.post(
        f"{base_url}/api/v1/sandbox/e-services",
        json={
            "name": "Licence renewal",
            "jwks": {"keys": [key.as_dict(private=False)]},
            "redirect_uris": ["http://127.0.0.1/back"],
            "scopes": ["openid", "companies"],
            "profile": "fapi2",
        },
    )
    assert registered.status_code == 201, registered.text
    with ThreadingHTTPServer(("127.0.0.1", 0), _Back) as page:
        Thread(target=page.serve_forever).start()
        client = Client(
            issuer=running.sandbox["issuer"],
            client_id=registered.json()["client_id"],
            jwks={"keys": [key.as_dict(private=True)]},
            redirect_uri=f"http://127.0.0.1:{page.server_port}/back",
        )
        yield client
        client.http.close()
        page.shutdown()


@pytest.mark.parametrize("look", SOME_LOOKS, ids=str)
def test_the_consent_page_is_fit_for_everybody(
    chromium: Browser, running: Product, director: StorageState, form: Client, look: Look
) -> None:
    address = form.begin("openid companies", prompt="consent").address
    with visit(chromium, running.base_url, look, state=director) as visited:
        answer = visited.page.goto(address)

        assert answer is not None
        assert answer.status == 200
        visited.keep_screenshot(f"authorize-{look}")
        assert (visited.findings(), visited.complaints, visited.overflow()) == ([], [], 0)


def test_a_stranger_signs_in_agrees_and_is_back_at_the_e_service(
    chromium: Browser, running: Product, form: Client
) -> None:
    (person,) = [one for one in running.sandbox["persons"] if one["name_en"] == "Ho Wai Kit"]
    sign_in = form.begin("openid", prompt="consent")
    with visit(chromium, running.base_url, Look()) as visited:
        page = visited.page
        page.goto(sign_in.address)
        page.get_by_label("Email").fill(person["email"])
        page.get_by_label("Password").fill(person["password"])
        page.get_by_label("One-time code").fill(one_time_code(person["totp_secret"]))
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        with page.expect_navigation():
            page.get_by_role("button", name="Continue").click()

        assert page.title() == "Back at the e-service"
        assert form.finish(sign_in, page.url)["token_type"] == "DPoP"
        assert visited.complaints == []


def test_a_form_of_ours_may_end_at_the_e_service_by_redirects_alone(
    chromium: Browser, running: Product, form: Client
) -> None:
    """With the yes remembered, the sign-in form itself is answered by the way back."""
    (person,) = [one for one in running.sandbox["persons"] if one["name_en"] == "Ho Wai Kit"]
    with visit(chromium, running.base_url, Look()) as visited:
        page = visited.page
        for first in (True, False):
            page.context.clear_cookies()
            sign_in = form.begin("openid", prompt="consent" if first else "login")
            page.goto(sign_in.address)
            page.get_by_label("Email").fill(person["email"])
            page.get_by_label("Password").fill(person["password"])
            page.get_by_label("One-time code").fill(one_time_code(person["totp_secret"]))
            with page.expect_navigation():
                page.get_by_role("button", name="Sign in").click()
            if first:
                with page.expect_navigation():
                    page.get_by_role("button", name="Continue").click()

            assert page.title() == "Back at the e-service"
        assert visited.complaints == []
