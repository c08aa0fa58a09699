"""Slow clients hold threads, not people: sign-in answers while uploads trickle in."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.journeys.portal import Portal, one_time_code

pytestmark = pytest.mark.journey

SIGN_IN_ANSWERS_WITHIN = 2  # seconds; asserted with twofold slack


def test_eight_uploads_held_open_do_not_keep_a_person_from_signing_in(
    new_portal: Callable[[], Portal],
    person_named: Callable[[str], dict[str, Any]],
    sandbox: dict[str, Any],
    record_property: Callable[[str, object], None],
) -> None:
    wong = person_named("Wong Mei Ling")
    code = one_time_code(wong["totp_secret"])
    place = urlsplit(sandbox["base_url"])
    head = (
        f"POST /api/v1/verifications HTTP/1.1\r\nHost: {place.netloc}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-'
    )
    with ExitStack() as held_open:
        for _ in range(8):
            upload = held_open.enter_context(
                socket.create_connection((place.hostname, place.port))
            )
            upload.sendall(head.encode())
        browser = new_portal()
        page = browser.open("/sign-in")

        began = time.monotonic()
        page = page.press(
            "Sign in", Email=wong["email"], Password=wong["password"], One_time_code=code
        )
        took = time.monotonic() - began

    assert page.url.endswith("/choose-company")
    record_property("figure", f"sign-in beside eight slow uploads: {took:.2f} s")
    assert took < 2 * SIGN_IN_ANSWERS_WITHIN
