"""Token exchange: one's own access token for a narrower one, and never for anything else."""

from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from authentication.models import EService
from authentication.services.end_sessions import end_sessions
from authentication.services.openid.require_unrevoked import REVOKED
from corpid.audit.models import Event
from corpid.keys.bounded import forget_everything
from tests.authentication.e_service import Relying, make_relying, read_claims, sign_in_code
from tests.makers import make_company, make_officer, make_person
from tests.protocols.signer import Signer
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


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


def test_the_new_token_is_narrower_and_bound_to_the_new_key(
    relying: Relying, tokens: dict[str, str], director: Any
) -> None:
    old_key, relying.proof_key = relying.proof_key, Signer(kid="part")

    answer = relying.narrow(tokens["access_token"], scope="openid").json()

    before, after = read_claims(tokens["access_token"]), read_claims(answer["access_token"])
    assert set(answer) == {
        *("access_token", "issued_token_type", "token_type", "expires_in", "scope"),
    }
    assert (answer["issued_token_type"], answer["token_type"], answer["scope"]) == (
        ACCESS_TOKEN,
        "DPoP",
        "openid",
    )
    key = relying.proof_key.keys.find(kid="part", algorithm="ES256")
    assert key is not None
    assert after["cnf"] == {"jkt": key.thumbprint}
    assert after["act"] == {"sub": relying.client_id}
    assert after["scope"] == "openid"
    kept = ("iss", "aud", "sub", "client_id", "grant")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["grant"]["company"] == str(director.company.id)
    assert after["jti"] != before["jti"]
    assert relying.call(answer["access_token"], "/oauth/userinfo").status_code == 200
    assert relying.call(answer["access_token"], "/api/v1/companies").status_code == 403
    relying.proof_key = old_key
    refused = relying.call(answer["access_token"], "/oauth/userinfo")
    assert error_of(refused) == (401, "invalid_dpop_proof")


def test_only_exchanged_tokens_say_who_acts(tokens: dict[str, str]) -> None:
    assert "act" not in read_claims(tokens["access_token"])
    assert "act" not in read_claims(tokens["id_token"])


def test_without_scope_the_same_are_given(relying: Relying, tokens: dict[str, str]) -> None:
    assert relying.narrow(tokens["access_token"]).json()["scope"] == "openid companies"


@pytest.mark.parametrize("scope", ["openid sign", "sign", "admin"])
def test_nothing_is_added(relying: Relying, tokens: dict[str, str], scope: str) -> None:
    """`sign` is registered for the client, and the person was not asked for it."""
    refused = relying.narrow(tokens["access_token"], scope=scope)

    assert error_of(refused) == (400, "invalid_scope")


def test_a_scope_that_the_client_lost_is_not_given_again(
    relying: Relying, tokens: dict[str, str]
) -> None:
    for scopes, expected in ((["openid"], "openid"), (["sign"], None)):
        EService.objects.filter(id=relying.row.id).update(scopes=scopes)
        forget_everything()

        answer = relying.narrow(tokens["access_token"]).json()

        assert (answer.get("scope"), answer.get("error")) == (
            expected,
            None if expected else "invalid_scope",
        )


def test_the_new_token_lives_no_longer_than_the_first(
    relying: Relying, tokens: dict[str, str]
) -> None:
    expiry = read_claims(tokens["access_token"])["exp"]
    with time_machine.travel(expiry - 20, tick=False):
        relying.nonce = None  # too old by now
        answer = relying.narrow(tokens["access_token"]).json()
    with time_machine.travel(expiry, tick=False):
        late = relying.narrow(tokens["access_token"])

    assert (read_claims(answer["access_token"])["exp"], answer["expires_in"]) == (expiry, 20)
    assert error_of(late) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token": "guess"}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        (
            {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
            "invalid_request",
        ),
        (
            {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
            "invalid_request",
        ),
        ({"actor_token": "x", "actor_token_type": ACCESS_TOKEN}, "invalid_request"),
        ({"actor_token_type": ACCESS_TOKEN}, "invalid_request"),
        ({"audience": "other"}, "invalid_target"),
        ({"resource": "https://other.example"}, "invalid_target"),
    ],
)
def test_an_exchange_for_something_else_is_refused(
    relying: Relying, tokens: dict[str, str], changes: dict[str, str | None], error: str
) -> None:
    refused = relying.narrow(tokens["access_token"], **changes)

    assert error_of(refused) == (400, error)


def test_our_api_may_be_named(relying: Relying, tokens: dict[str, str]) -> None:
    api = f"{settings.BASE_URL}/api/v1"

    answer = relying.narrow(
        tokens["access_token"], resource=api, audience=api, requested_token_type=ACCESS_TOKEN
    )

    assert answer.status_code == 200


def test_another_clients_token_is_not_exchanged(
    relying: Relying, tokens: dict[str, str]
) -> None:
    finder = make_relying()
    finder.proof_key = relying.proof_key

    assert error_of(finder.narrow(tokens["access_token"])) == (400, "invalid_request")


@pytest.mark.parametrize("kind", ["id_token", "refresh_token"])
def test_a_token_of_another_kind_is_not_exchanged(
    relying: Relying, tokens: dict[str, str], kind: str
) -> None:
    assert error_of(relying.narrow(tokens[kind])) == (400, "invalid_request")


def test_an_exchanged_token_is_not_exchanged_again(
    relying: Relying, tokens: dict[str, str]
) -> None:
    narrowed = relying.narrow(tokens["access_token"]).json()["access_token"]

    assert error_of(relying.narrow(narrowed)) == (400, "invalid_request")


def test_without_a_proof_nothing_is_exchanged(relying: Relying, tokens: dict[str, str]) -> None:
    fields = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": tokens["access_token"],
        "subject_token_type": ACCESS_TOKEN,
    }

    refused = relying.post("/oauth/token", relying.credentials() | fields)

    assert error_of(refused) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("end", ["first", "grant", "sign-out"])
def test_the_new_token_ends_with_what_it_came_from(
    relying: Relying, tokens: dict[str, str], director: Any, end: str
) -> None:
    narrowed = relying.narrow(tokens["access_token"]).json()["access_token"]
    assert relying.call(narrowed, "/oauth/userinfo").status_code == 200

    if end == "first":
        relying.revoke(tokens["access_token"])
    elif end == "grant":
        relying.revoke(tokens["refresh_token"])
    else:
        end_sessions(account=director.account, at=timezone.now())
    REVOKED.clear()  # as after a second

    assert error_of(relying.call(narrowed, "/oauth/userinfo")) == (401, "invalid_token")
    assert error_of(relying.narrow(tokens["access_token"])) == (400, "invalid_request")


def test_the_first_token_outlives_the_narrower_one(
    relying: Relying, tokens: dict[str, str]
) -> None:
    narrowed = relying.narrow(tokens["access_token"]).json()["access_token"]

    relying.revoke(narrowed)
    REVOKED.clear()

    assert error_of(relying.call(narrowed, "/oauth/userinfo")) == (401, "invalid_token")
    assert relying.call(tokens["access_token"], "/oauth/userinfo").status_code == 200


def test_authority_that_ended_is_not_exchanged(
    relying: Relying, tokens: dict[str, str], director: Any
) -> None:
    director.offices.update(ceased_on=timezone.localdate())

    assert error_of(relying.narrow(tokens["access_token"])) == (400, "invalid_request")


def test_a_clients_own_token_gets_no_person(relying: Relying) -> None:
    own = relying.own_token("sign")

    claims = read_claims(relying.narrow(own).json()["access_token"])

    assert "grant" not in claims
    assert "act" not in claims
    assert claims["sub"] == relying.client_id


def test_introspection_tells_who_acts(relying: Relying, tokens: dict[str, str]) -> None:
    narrowed = relying.narrow(tokens["access_token"], scope="openid").json()["access_token"]

    told = relying.introspect(narrowed).json()

    assert (told["act"], told["scope"]) == ({"sub": relying.client_id}, "openid")
    assert "exchanged_from" not in told


def test_every_exchange_is_recorded_for_the_company(
    relying: Relying, tokens: dict[str, str], director: Any
) -> None:
    relying.narrow(tokens["access_token"], scope="openid")

    event = Event.objects.filter(kind="authentication.token.issued").latest("recorded_at")
    assert event.facts == {"grant_type": "token_exchange", "scopes": ["openid"]}
    assert event.company_id == director.company.id
