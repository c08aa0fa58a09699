"""The two database roles, as production's PostgreSQL would have them."""

import psycopg2.errors
import pytest
from django.db import ProgrammingError, connection

from authentication.models import Account


@pytest.mark.usefixtures("application_role")
def test_the_application_reads_and_writes_rows() -> None:
    account = Account.objects.create(email="chan@example.com")

    assert Account.objects.get() == account


@pytest.mark.usefixtures("application_role")
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE authentication_account ADD COLUMN mine int",
        "DROP TABLE authentication_account",
        "TRUNCATE authentication_account CASCADE",
        "CREATE SCHEMA mine",
        "SET ROLE corpid_owner",
    ],
)
def test_the_application_cannot_change_tables(statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError) as refused:
        cursor.execute(statement)

    assert isinstance(refused.value.__cause__, psycopg2.errors.InsufficientPrivilege)


@pytest.mark.django_db
def test_trigrams_are_found_in_chinese() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(show_trgm('香港貿易'))")

        assert cursor.fetchone() == (5,)
