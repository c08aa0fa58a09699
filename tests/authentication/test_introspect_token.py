"""The introspection door: a client learns of its own tokens what is true now, and no more."""

import secrets
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from authentication.models import EService
from authentication.services.end_sessions import end_sessions
from authentication.services.openid.require_unrevoked import REVOKED
from corpid.keys.bounded import forget_everything
from tests.authentication.e_service import Relying, make_relying, read_claims, sign_in_code
from tests.makers import make_company, make_officer, make_person
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db

SIGNED = "application/token-introspection+jwt"


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
    code = sign_in_code(relying, client, scope="openid companies")
    answer: dict[str, str] = relying.exchange(code).json()
    return answer


def error_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def told(relying: Relying, token: str) -> Any:
    REVOKED.clear()  # as after a second
    answer = relying.introspect(token)
    assert answer.status_code == 200, answer.content
    assert (answer["Content-Type"], answer["Cache-Control"]) == (
        "application/json",
        "no-store",
    )
    return answer.json()


def test_an_access_token_is_told_with_what_it_is_good_for(
    relying: Relying, tokens: dict[str, str]
) -> None:
    claims = read_claims(tokens["access_token"])

    answer = told(relying, tokens["access_token"])

    assert answer == {
        "active": True,
        "token_type": "DPoP",
        "iss": settings.BASE_URL,
        "sub": claims["sub"],
        "aud": f"{settings.BASE_URL}/api/v1",
        "client_id": relying.client_id,
        "scope": "openid companies",
        "exp": claims["exp"],
        "iat": claims["iat"],
        "jti": claims["jti"],
        "cnf": claims["cnf"],
    }


def test_a_refresh_token_is_told_with_its_end(relying: Relying, tokens: dict[str, str]) -> None:
    id_token = read_claims(tokens["id_token"])

    answer = told(relying, tokens["refresh_token"])

    assert answer == {
        "active": True,
        "iss": settings.BASE_URL,
        "sub": id_token["sub"],
        "client_id": relying.client_id,
        "scope": "openid companies",
        "iat": id_token["iat"],
        "exp": id_token["auth_time"] + 24 * 3600,
    }


def test_a_clients_own_token_has_no_person(relying: Relying) -> None:
    token = relying.own_token("sign")

    answer = told(relying, token)

    assert (answer["active"], answer["sub"], answer["scope"]) == (
        True,
        relying.client_id,
        "sign",
    )


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_another_clients_token_is_told_like_nonsense(
    relying: Relying, tokens: dict[str, str], kind: str
) -> None:
    finder = make_relying()

    found, guessed = told(finder, tokens[kind]), told(finder, secrets.token_urlsafe(32))

    assert found == guessed == {"active": False}
    assert told(relying, tokens[kind])["active"] is True


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "saml"])
def test_a_wrong_hint_changes_nothing(
    relying: Relying, tokens: dict[str, str], hint: str
) -> None:
    answer = relying.introspect(tokens["access_token"], token_type_hint=hint).json()

    assert answer["active"] is True


def test_an_expired_token_is_not_active(relying: Relying, tokens: dict[str, str]) -> None:
    expiry = read_claims(tokens["access_token"])["exp"]
    with time_machine.travel(expiry - 1, tick=False):
        assert told(relying, tokens["access_token"])["active"] is True
    with time_machine.travel(expiry, tick=False):
        assert told(relying, tokens["access_token"]) == {"active": False}
        assert told(relying, tokens["refresh_token"])["active"] is True


def test_a_revoked_access_token_is_not_active(relying: Relying, tokens: dict[str, str]) -> None:
    relying.revoke(tokens["access_token"])

    assert told(relying, tokens["access_token"]) == {"active": False}
    assert told(relying, tokens["refresh_token"])["active"] is True


@pytest.mark.parametrize("end", ["revoked", "signed out", "authority"])
def test_what_came_from_a_sign_in_that_is_over_is_not_active(
    relying: Relying, tokens: dict[str, str], director: Any, end: str
) -> None:
    if end == "revoked":
        relying.revoke(tokens["refresh_token"])
    elif end == "signed out":
        end_sessions(account=director.account, at=timezone.now())
    else:
        director.offices.update(ceased_on=timezone.localdate())

    assert told(relying, tokens["access_token"]) == {"active": False}
    assert told(relying, tokens["refresh_token"]) == {"active": False}


def test_a_refresh_token_is_told_without_the_scopes_that_the_client_lost(
    relying: Relying, tokens: dict[str, str]
) -> None:
    for scopes, expected in ((["openid"], "openid"), (["sign"], None)):
        EService.objects.filter(id=relying.row.id).update(scopes=scopes)
        forget_everything()

        assert told(relying, tokens["refresh_token"]).get("scope") == expected


@pytest.mark.parametrize("text", ["x", "a.b.c", "\u91d1", "." * 100])
def test_what_is_no_token_is_not_active(relying: Relying, text: str) -> None:
    assert told(relying, text) == {"active": False}


def test_an_id_token_is_not_active(relying: Relying, tokens: dict[str, str]) -> None:
    assert told(relying, tokens["id_token"]) == {"active": False}


def keys_of(client: Client) -> KeySet:
    return KeySet.import_key_set(client.get("/.well-known/jwks.json").json())


@pytest.mark.parametrize("kind", ["access_token", "refresh_token", "nonsense"])
def test_the_signed_answer_says_the_same(
    relying: Relying, client: Client, tokens: dict[str, str], kind: str
) -> None:
    token = tokens.get(kind, "nonsense")
    before = int(timezone.now().timestamp())

    answer = relying.introspect(token, accept=SIGNED)

    assert (answer.status_code, answer["Content-Type"]) == (200, SIGNED)
    assert answer["Cache-Control"] == "no-store"
    read = jwt.decode(answer.content.decode(), keys_of(client), algorithms=["ES256"])
    assert read.header["typ"] == "token-introspection+jwt"
    assert set(read.claims) == {"iss", "aud", "iat", "token_introspection"}
    assert (read.claims["iss"], read.claims["aud"]) == (settings.BASE_URL, relying.client_id)
    assert read.claims["iat"] - before in {0, 1}
    assert read.claims["token_introspection"] == told(relying, token)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (SIGNED, SIGNED),
        (f"{SIGNED}, application/json;q=0.5", SIGNED),
        ("application/json", "application/json"),
        (f"application/json, {SIGNED};q=0.5", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("", "application/json"),
    ],
)
def test_the_client_chooses_the_form(relying: Relying, accept: str, expected: str) -> None:
    answer = relying.introspect("x", accept=accept)

    assert answer["Content-Type"] == expected
    assert "Accept" in answer["Vary"].split(", ")


def test_a_signed_answer_passes_for_no_token(relying: Relying, tokens: dict[str, str]) -> None:
    signed = relying.introspect(tokens["access_token"], accept=SIGNED).content.decode()

    assert error_of(relying.call(signed, "/oauth/userinfo")) == (401, "invalid_token")
    assert told(relying, signed) == {"active": False}
    assert error_of(relying.refresh(signed)) == (400, "invalid_grant")


def test_only_who_shows_its_key_is_told(relying: Relying, tokens: dict[str, str]) -> None:
    impostor = Relying(relying.row, make_relying().signer)
    anonymous = {"client_id": relying.client_id, "token": tokens["access_token"]}

    assert error_of(impostor.introspect(tokens["access_token"])) == (401, "invalid_client")
    assert error_of(relying.post("/oauth/introspect", anonymous)) == (401, "invalid_client")
    assert error_of(relying.introspect(None)) == (400, "invalid_request")
    assert relying.http.get("/oauth/introspect").status_code == 405


def test_asking_writes_nothing_and_prolongs_nothing(
    relying: Relying, tokens: dict[str, str]
) -> None:
    later = timezone.now() + timedelta(minutes=59)
    with time_machine.travel(later, tick=False):
        assert told(relying, tokens["refresh_token"])["active"] is True
    with time_machine.travel(later + timedelta(minutes=2), tick=False):
        assert told(relying, tokens["refresh_token"]) == {"active": False}
