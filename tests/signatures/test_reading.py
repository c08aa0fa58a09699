"""Reading changes nothing: every page of signing, opened by GET and asked for by HEAD."""

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from signatures.models import SignatureRequest
from signatures.services.submit_verification import submit_verification
from signatures.web.urls import urlpatterns
from tests.every_row import every_row
from tests.signatures.conftest import House
from tests.signing_in import sign_in_as

PAGES = {
    str(pattern.name): pattern for pattern in urlpatterns if isinstance(pattern, URLPattern)
}
POSTED_ONLY = {"sign_decline", "sign_take_back", "sign_withdraw"}
ALSO_POSTED = {"sign_approve", "sign_new", "verify"}


@pytest.fixture
def addresses(house: House, pdf: bytes) -> dict[str, str]:
    """One address of each page: of a request that waits for its last yes, and of an upload."""
    request = house.open_request(pdf)
    house.approve(request, house.directors[0])
    return addresses_of(request, pdf)


def addresses_of(request: SignatureRequest, pdf: bytes) -> dict[str, str]:
    verification = submit_verification(
        content=pdf, file_name="a.pdf", address="192.0.2.1", at=timezone.now()
    )
    of_request = {"reference": request.reference, "number": 1, "page": 1}
    of_name: dict[str, dict[str, Any]] = {
        "document": {"code": request.documents.get().code},
        "verification": {"reference": verification.reference},
        "verification_progress": {"reference": verification.reference},
    }
    return {
        name: reverse(
            name,
            kwargs={
                key: value
                for key, value in of_name.get(name, of_request).items()
                if key in page.pattern.converters
            },
        )
        for name, page in PAGES.items()
    }


@pytest.fixture
def second_director(house: House, addresses: dict[str, str]) -> Client:
    """Somebody whose yes would complete the rule, with the proof asked for."""
    client = Client()
    sign_in_as(client, house.directors[1], company=house.company)
    digest = SignatureRequest.objects.get().digest
    client.post(addresses["sign_approve"], {"digest": digest})
    return client


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_a_page_changes_no_row(
    second_director: Client, addresses: dict[str, str], method: str
) -> None:
    before = every_row()

    changed, refused = [], []
    for name, address in {**addresses, "step_up": reverse("step_up")}.items():
        answer = getattr(second_director, method)(address)
        b"".join(answer)  # to the end: a file is closed there
        if answer.status_code == 405:
            refused.append(name)
        elif answer.status_code != 200:
            raise AssertionError(f"{name}: {answer.status_code}")
        if every_row() != before:
            changed.append(name)
            before = every_row()

    assert changed == []
    assert set(refused) == POSTED_ONLY


def test_reading_the_pages_of_what_is_complete_changes_no_row(house: House, pdf: bytes) -> None:
    addresses = addresses_of(house.signed(pdf), pdf)
    client = Client()
    sign_in_as(client, house.directors[0], company=house.company)
    before = every_row()

    for address in addresses.values():
        b"".join(client.get(address))
        b"".join(client.head(address))

    assert every_row() == before


def test_head_answers_as_get_does_without_the_body(
    second_director: Client, addresses: dict[str, str]
) -> None:
    got = {name: second_director.get(address) for name, address in addresses.items()}
    for answer in got.values():
        b"".join(answer)  # to the end: a file is closed there
    asked = {name: second_director.head(address) for name, address in addresses.items()}

    assert {name: answer.status_code for name, answer in asked.items()} == {
        name: answer.status_code for name, answer in got.items()
    }
    assert {b"".join(answer) for answer in asked.values()} == {b""}


def test_a_post_to_a_page_that_is_only_read_is_refused(
    second_director: Client, addresses: dict[str, str]
) -> None:
    before = every_row()

    read = {
        name: address
        for name, address in addresses.items()
        if name not in POSTED_ONLY | ALSO_POSTED
    }
    answers = {name: second_director.post(address) for name, address in read.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        read, 405
    )
    assert every_row() == before
