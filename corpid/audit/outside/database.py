"""Another PostgreSQL database, whose owner lets us insert and read, nothing else.

Its owner makes the table once (`TABLE` below) and grants INSERT and SELECT on it.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from urllib.parse import urlsplit

import psycopg2

from corpid.audit.outside.place import PlaceNotAvailable

TABLE = """
CREATE TABLE corpid_checkpoint (
    kept_at timestamptz NOT NULL DEFAULT now(),
    signed_at timestamptz NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (signed_at, note)
)
"""
_ROWS_AT_A_TIME = 1000


class DatabasePlace:
    def __init__(self, address: str) -> None:
        self._address = address

    @property
    def name(self) -> str:
        parts = urlsplit(self._address)
        port = f":{parts.port}" if parts.port else ""
        return f"postgres://{parts.hostname or ''}{port}{parts.path}"

    def append(self, note: str, *, signed_at: datetime) -> None:
        try:
            with (
                closing(self._connect()) as connection,
                connection,
                connection.cursor() as cursor,
            ):
                cursor.execute("SET LOCAL synchronous_commit = on")
                cursor.execute(
                    "INSERT INTO corpid_checkpoint (signed_at, note) VALUES (%s, %s)"
                    " ON CONFLICT DO NOTHING",
                    [signed_at, note],
                )
        except psycopg2.Error as error:
            raise PlaceNotAvailable(_reason(error)) from error

    def notes(self) -> Iterator[str]:
        try:
            with (
                closing(self._connect()) as connection,
                connection,
                connection.cursor("corpid_checkpoints") as cursor,
            ):
                cursor.itersize = _ROWS_AT_A_TIME
                cursor.execute("SELECT note FROM corpid_checkpoint ORDER BY signed_at, kept_at")
                for (note,) in cursor:
                    yield note
        except psycopg2.Error as error:
            raise PlaceNotAvailable(_reason(error)) from error

    def _connect(self) -> "psycopg2.extensions.connection":
        return psycopg2.connect(
            self._address,
            connect_timeout=3,
            options="-c statement_timeout=5000 -c lock_timeout=2000",
            application_name="corpid audit",
        )


def _reason(error: psycopg2.Error) -> str:
    return type(error).__name__
