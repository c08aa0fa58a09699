"""What was signed before a restore, and never stored, counts no longer after it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from authentication.models import Grant
from corpid.one_time.services.consume_signed_token import consume_signed_token
from corpid.one_time.services.consume_token import TokenNotUsable
from corpid.one_time.services.sign_token import sign_token
from corpid.restores.generation import Generation
from tests.authentication.e_service import Relying, make_relying, sign_in_code
from tests.makers import NOW, make_company, make_officer, make_person
from tests.restores.restored import restored
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def relying() -> Relying:
    return make_relying()


@pytest.fixture
def token(relying: Relying, client: Client) -> str:
    """An access token of a person's grant."""
    person, company = make_person(email="lee@harvest.example"), make_company()
    make_officer(company, person)
    sign_in_as(client, person, company=company)
    exchanged = relying.exchange(sign_in_code(relying, client)).json()
    return str(exchanged["access_token"])


def own_token(relying: Relying) -> str:
    fields = relying.credentials() | {"grant_type": "client_credentials"}
    answer = relying.post("/oauth/token", fields, proof=relying.proof("POST", "/oauth/token"))
    return str(answer.json()["access_token"])


def test_what_was_issued_in_the_moment_of_the_restore_counts() -> None:
    generation = Generation("g", NOW)

    assert generation.counts(issued_at=NOW)
    assert not generation.counts(issued_at=NOW - A_SECOND)
    assert Generation().counts(issued_at=NOW - A_SECOND)  # nothing was ever restored


def test_an_access_token_of_a_grant_that_the_restore_forgot_is_refused(
    relying: Relying, token: str
) -> None:
    """The grant was made after the moment and ended: no row is left to say so."""
    assert relying.call(token, "/oauth/userinfo").status_code == 200
    Grant.objects.all().delete()

    restored(at=timezone.now() + A_SECOND)

    refused = relying.call(token, "/api/v1/companies")
    assert refused.status_code == 401
    assert relying.call(token, "/oauth/userinfo").status_code == 401


def test_an_e_services_own_token_of_before_the_restore_is_refused(relying: Relying) -> None:
    relying.learn_nonce()
    token = own_token(relying)
    assert relying.call(token, "/api/v1/companies").status_code == 403  # of a person only

    restored(at=timezone.now() + A_SECOND)

    assert relying.call(token, "/api/v1/companies").status_code == 401


def test_an_access_token_of_after_the_restore_is_taken(relying: Relying) -> None:
    restored(at=timezone.now() - A_SECOND)
    relying.learn_nonce()

    assert relying.call(own_token(relying), "/api/v1/companies").status_code == 403


def consent() -> str:
    return sign_token(
        purpose="consent",
        subject="prs_1",
        bound_to={},
        expires_at=NOW + timedelta(minutes=10),
    )


def test_a_consent_that_was_given_before_the_restore_is_not_used_again() -> None:
    """Its use was remembered in a row that is gone."""
    given = consent()

    restored(at=NOW)

    with pytest.raises(TokenNotUsable) as refusal:
        consume_signed_token(purpose="consent", token=given, at=NOW)
    assert refusal.value.reason == "unknown"


def test_each_restore_begins_a_generation_of_its_own() -> None:
    restored(at=NOW)
    given = consent()
    assert consume_signed_token(purpose="consent", token=given, at=NOW).subject == "prs_1"
    second = consent()

    restored(at=NOW + A_SECOND)

    with pytest.raises(TokenNotUsable):
        consume_signed_token(purpose="consent", token=second, at=NOW)
