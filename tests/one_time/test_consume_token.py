import threading
from datetime import timedelta

import pytest
from django.db import connection

from corpid.one_time.models import OneTimeToken
from corpid.one_time.services.consume_token import TokenNotUsable, consume_token
from corpid.one_time.services.issue_token import issue_token
from tests.makers import NOW

IN_A_MINUTE = NOW + timedelta(minutes=1)


def issue() -> str:
    return issue_token(
        purpose="code", subject="esv_1", bound_to={"nonce": "n"}, expires_at=IN_A_MINUTE
    )


@pytest.mark.django_db
def test_a_token_gives_back_what_it_is_bound_to() -> None:
    row = consume_token(purpose="code", token=issue(), at=NOW)

    assert (row.subject, row.bound_to, row.used_at) == ("esv_1", {"nonce": "n"}, NOW)


@pytest.mark.django_db
def test_a_second_use_finds_the_row_of_the_first() -> None:
    token = issue()
    first = consume_token(purpose="code", token=token, at=NOW)

    with pytest.raises(TokenNotUsable) as refusal:
        consume_token(purpose="code", token=token, at=NOW)

    assert refusal.value.reason == "used"
    assert refusal.value.token == first


@pytest.mark.django_db
def test_a_token_ends_at_its_moment_and_not_before() -> None:
    almost, late = issue(), issue()
    consume_token(purpose="code", token=almost, at=IN_A_MINUTE - timedelta(microseconds=1))

    with pytest.raises(TokenNotUsable) as refusal:
        consume_token(purpose="code", token=late, at=IN_A_MINUTE)

    assert refusal.value.reason == "expired"


@pytest.mark.django_db
def test_a_token_of_another_purpose_is_unknown_and_stays_unused() -> None:
    token = issue()

    with pytest.raises(TokenNotUsable) as refusal:
        consume_token(purpose="invitation", token=token, at=NOW)

    assert refusal.value.reason == "unknown"
    assert consume_token(purpose="code", token=token, at=NOW).used_at == NOW


@pytest.mark.django_db
def test_the_database_does_not_hold_the_token() -> None:
    token = issue()

    row = OneTimeToken.objects.get()

    assert token.encode() not in bytes(row.token_hash)
    assert token not in str(row.bound_to)


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_succeeds() -> None:
    token = issue()
    answers: list[str] = []

    def use() -> None:
        try:
            consume_token(purpose="code", token=token, at=NOW)
            answers.append("taken")
        except TokenNotUsable as error:
            answers.append(error.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["taken", *["used"] * 7]
