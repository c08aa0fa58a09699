"""The revocation door: a client takes back what is its own, and learns nothing of others'."""

import secrets
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from authentication.models import Grant, RevokedAccessToken
from authentication.services.openid.require_unrevoked import REVOKED
from corpid.audit.models import Event
from corpid.keys.bounded import forget_everything
from corpid.one_time.epoch import valkey
from tests.authentication.e_service import Relying, make_relying, read_claims, sign_in_code
from tests.makers import make_company, make_officer, make_person
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def relying() -> Relying:
    return make_relying()


@pytest.fixture
def director() -> Any:
    person = make_person("Lee Siu Ming", email="lee@harvest.example")
    person.company = make_company()  # type: ignore[attr-defined]  # for the tests to find
    make_officer(person.company, person)  # type: ignore[attr-defined]  # set above
    return person


@pytest.fixture
def tokens(relying: Relying, client: Client, director: Any) -> dict[str, str]:
    sign_in_as(client, director, company=director.company)
    answer: dict[str, str] = relying.exchange(sign_in_code(relying, client)).json()
    return answer


def error_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def is_good(relying: Relying, access_token: str) -> bool:
    REVOKED.clear()  # as after a second
    status: int = relying.call(access_token, "/oauth/userinfo").status_code
    return status == 200


def test_a_refresh_token_is_taken_back_with_all_that_it_gave(
    relying: Relying, tokens: dict[str, str], director: Any
) -> None:
    second = relying.refresh(tokens["refresh_token"]).json()["access_token"]
    assert is_good(relying, tokens["access_token"])

    answer = relying.revoke(tokens["refresh_token"], token_type_hint="refresh_token")

    assert (answer.status_code, answer.content) == (200, b"{}")
    assert error_of(relying.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert not is_good(relying, tokens["access_token"])
    assert not is_good(relying, second)
    assert Grant.objects.get().ending == Grant.Ending.REVOKED
    event = Event.objects.get(kind="authentication.grant.ended")
    assert (event.actor, event.company_id) == (
        f"e-service:{relying.client_id}",
        director.company.id,
    )


def test_an_access_token_is_taken_back_alone(
    relying: Relying, tokens: dict[str, str], director: Any
) -> None:
    other = relying.refresh(tokens["refresh_token"]).json()["access_token"]

    answer = relying.revoke(tokens["access_token"])

    assert answer.status_code == 200
    assert not is_good(relying, tokens["access_token"])
    assert is_good(relying, other)
    assert relying.refresh(tokens["refresh_token"]).status_code == 200
    event = Event.objects.get(kind="authentication.token.revoked")
    assert (event.actor, event.company_id) == (
        f"e-service:{relying.client_id}",
        director.company.id,
    )


def test_a_clients_own_token_is_taken_back(relying: Relying) -> None:
    token = relying.own_token("sign")
    assert error_of(relying.call(token, "/oauth/userinfo")) == (403, "insufficient_scope")

    assert relying.revoke(token).status_code == 200

    REVOKED.clear()
    assert error_of(relying.call(token, "/oauth/userinfo")) == (401, "invalid_token")


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_another_clients_token_is_answered_alike_and_left_alone(
    relying: Relying, tokens: dict[str, str], kind: str
) -> None:
    finder = make_relying()

    found, guessed = finder.revoke(tokens[kind]), finder.revoke(secrets.token_urlsafe(32))

    assert (found.status_code, found.content) == (guessed.status_code, guessed.content)
    assert found.status_code == 200
    assert is_good(relying, tokens["access_token"])
    assert relying.refresh(tokens["refresh_token"]).status_code == 200
    assert not RevokedAccessToken.objects.exists()


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "saml"])
def test_a_wrong_hint_does_no_harm(relying: Relying, tokens: dict[str, str], hint: str) -> None:
    assert relying.revoke(tokens["refresh_token"], token_type_hint=hint).status_code == 200

    assert error_of(relying.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_taking_back_twice_is_as_good_as_once(
    relying: Relying, tokens: dict[str, str], kind: str
) -> None:
    answers = [relying.revoke(tokens[kind]).status_code for _ in range(2)]

    assert answers == [200, 200]
    kinds = ["authentication.grant.ended", "authentication.token.revoked"]
    assert Event.objects.filter(kind__in=kinds).count() == 1


@pytest.mark.parametrize("text", ["x", "a.b.c", "\u91d1", "at_1", "." * 100])
def test_what_is_no_token_needs_no_taking_back(relying: Relying, text: str) -> None:
    assert relying.revoke(text).status_code == 200


def test_an_id_token_is_not_taken_back(relying: Relying, tokens: dict[str, str]) -> None:
    assert relying.revoke(tokens["id_token"]).status_code == 200

    assert is_good(relying, tokens["access_token"])


def test_an_expired_token_leaves_no_row(relying: Relying, tokens: dict[str, str]) -> None:
    expiry = read_claims(tokens["access_token"])["exp"]
    with time_machine.travel(expiry, tick=False):
        assert relying.revoke(tokens["access_token"]).status_code == 200

    assert not RevokedAccessToken.objects.exists()


def test_without_a_token_there_is_nothing_to_do(relying: Relying) -> None:
    assert error_of(relying.revoke(None)) == (400, "invalid_request")


def test_only_who_shows_its_key_takes_back(relying: Relying, tokens: dict[str, str]) -> None:
    impostor = Relying(relying.row, make_relying().signer)
    anonymous = {"client_id": relying.client_id, "token": tokens["refresh_token"]}

    assert error_of(impostor.revoke(tokens["refresh_token"])) == (401, "invalid_client")
    assert error_of(relying.post("/oauth/revoke", anonymous)) == (401, "invalid_client")
    assert relying.refresh(tokens["refresh_token"]).status_code == 200


def test_the_door_takes_forms_by_post_alone(relying: Relying, tokens: dict[str, str]) -> None:
    fields = urlencode(relying.credentials() | {"token": tokens["refresh_token"]})

    assert relying.http.get(f"/oauth/revoke?{fields}").status_code == 405
    assert error_of(relying.post(f"/oauth/revoke?{fields}", "")) == (400, "invalid_request")
    twice = f"{fields}&token=other"
    assert error_of(relying.post("/oauth/revoke", twice)) == (400, "invalid_request")
    assert relying.refresh(tokens["refresh_token"]).status_code == 200


def test_an_assertion_counts_once_at_both_doors(
    relying: Relying, tokens: dict[str, str]
) -> None:
    credentials = relying.credentials()
    assert relying.post("/oauth/revoke", credentials | {"token": "x"}).status_code == 200

    again = relying.post("/oauth/revoke", credentials | {"token": tokens["refresh_token"]})

    assert error_of(again) == (401, "invalid_client")


def test_a_wiped_valkey_brings_nothing_back(relying: Relying, tokens: dict[str, str]) -> None:
    other = relying.refresh(tokens["refresh_token"]).json()["access_token"]
    assert relying.revoke(tokens["access_token"]).status_code == 200

    valkey().flushdb()
    forget_everything()
    told = relying.call(tokens["access_token"], "/oauth/userinfo")
    while told.json()["error"] == "use_dpop_nonce":  # the new epoch's
        relying.nonce = told["DPoP-Nonce"]
        told = relying.call(tokens["access_token"], "/oauth/userinfo")

    assert error_of(told) == (401, "invalid_token")
    assert is_good(relying, other)
    assert read_claims(other)["aud"] == f"{settings.BASE_URL}/api/v1"
