import threading
from datetime import timedelta

import pytest
from django.db import connection

from corpid.one_time.models import OneTimeToken
from corpid.one_time.services.consume_signed_token import SignedToken, consume_signed_token
from corpid.one_time.services.consume_token import TokenNotUsable
from corpid.one_time.services.sign_token import sign_token
from tests.makers import NOW

IN_A_MINUTE = NOW + timedelta(minutes=1)


def sign() -> str:
    return sign_token(
        purpose="consent", subject="prs_1", bound_to={"nonce": "n"}, expires_at=IN_A_MINUTE
    )


@pytest.mark.django_db
def test_signing_writes_nothing() -> None:
    sign()

    assert not OneTimeToken.objects.exists()


@pytest.mark.django_db
def test_a_token_gives_back_what_it_is_bound_to() -> None:
    assert consume_signed_token(purpose="consent", token=sign(), at=NOW) == SignedToken(
        "prs_1", {"nonce": "n"}
    )


@pytest.mark.django_db
def test_a_second_use_is_refused() -> None:
    token = sign()
    consume_signed_token(purpose="consent", token=token, at=NOW)

    with pytest.raises(TokenNotUsable) as refusal:
        consume_signed_token(purpose="consent", token=token, at=NOW)

    assert refusal.value.reason == "used"


@pytest.mark.django_db
def test_a_token_ends_at_its_moment_and_not_before() -> None:
    almost, late = sign(), sign()
    consume_signed_token(
        purpose="consent", token=almost, at=IN_A_MINUTE - timedelta(microseconds=1)
    )

    with pytest.raises(TokenNotUsable) as refusal:
        consume_signed_token(purpose="consent", token=late, at=IN_A_MINUTE)

    assert refusal.value.reason == "expired"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: f"x{t}", lambda _: "", str.lower]
)
def test_a_token_that_was_changed_is_unknown(change: object) -> None:
    with pytest.raises(TokenNotUsable) as refusal:
        consume_signed_token(purpose="consent", token=change(sign()), at=NOW)  # type: ignore[operator]  # each is a function

    assert refusal.value.reason == "unknown"


@pytest.mark.django_db
def test_a_token_of_another_purpose_is_unknown_and_stays_unused() -> None:
    token = sign()

    with pytest.raises(TokenNotUsable) as refusal:
        consume_signed_token(purpose="invitation", token=token, at=NOW)

    assert refusal.value.reason == "unknown"
    assert consume_signed_token(purpose="consent", token=token, at=NOW).subject == "prs_1"


@pytest.mark.django_db(transaction=True)
def test_of_many_callers_at_once_one_gets_it() -> None:
    token, outcomes = sign(), []

    def consume() -> None:
        try:
            consume_signed_token(purpose="consent", token=token, at=NOW)
            outcomes.append("got it")
        except TokenNotUsable as refusal:
            outcomes.append(refusal.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=consume) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["got it", *["used"] * 7]
