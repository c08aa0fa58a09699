"""The two database roles: an owner that makes tables, an application that only uses them.

One function makes them for the embedded server, for the tests, and (by `python -m
corpid.embedded provision`) for a PostgreSQL that somebody else runs. Running it again changes
nothing but the passwords.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection

OWNER = "corpid_owner"
APPLICATION = "corpid_app"
DATABASE = "corpid"
_LOCK = 0x70726F76  # "prov", in the superuser's own database: such locks are a database's
_EXTENSIONS = ("pg_trgm", "btree_gin", "btree_gist", "citext", "unaccent")


@dataclass(frozen=True, slots=True)
class Login:
    """A database role; without a password it comes in by a socket that it alone can reach."""

    role: str
    password: str | None = None

    @classmethod
    def of_url(cls, url: str) -> "Login":
        parts = urlsplit(url)
        password = unquote(parts.password) if parts.password else None
        return cls(role=unquote(parts.username or ""), password=password)


def database_of_url(url: str) -> str:
    return unquote(urlsplit(url).path.lstrip("/")) or DATABASE


def provision(
    superuser_url: str,
    *,
    owner: Login,
    application: Login,
    database: str = DATABASE,
    with_template: bool = False,
) -> None:
    """Make roles, database, extensions and default privileges.

    `with_template` gives the same to `template1`, so that databases made later (the tests'
    own) begin with the application's privileges. Several may provision one server at once, the
    same database or others: roles are the server's, and IF NOT EXISTS stands no race, so each
    waits for its turn.
    """
    with _connect(superuser_url) as opened:
        _await_turn(opened)
        _make_role(opened, owner, options="CREATEDB")
        _make_role(opened, application, options="NOCREATEDB NOCREATEROLE NOSUPERUSER")
        _make_database(opened, database, owner)
        for name in [database, "template1"] if with_template else [database]:
            with _connect(superuser_url, name) as inside:
                _set_privileges(inside, owner=owner.role, application=application.role)


def _await_turn(opened: connection) -> None:
    """Be the only one that provisions this server, for as long as the connection lives."""
    with opened.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])


@contextmanager
def _connect(url: str, database: str | None = None) -> Iterator[connection]:
    """Give a connection that commits each statement and is closed at the end of the block."""
    opened = psycopg2.connect(url, dbname=database) if database else psycopg2.connect(url)
    opened.autocommit = True
    with closing(opened):
        yield opened


def _make_role(opened: connection, login: Login, *, options: str) -> None:
    role = sql.Identifier(login.role)
    with opened.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login.role])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {}").format(role))
        cursor.execute(sql.SQL("ALTER ROLE {} LOGIN " + options).format(role))
        if login.password is not None:
            change = sql.SQL("ALTER ROLE {} PASSWORD {}")
            cursor.execute(change.format(role, sql.Literal(login.password)))


def _make_database(opened: connection, database: str, owner: Login) -> None:
    names = [sql.Identifier(database), sql.Identifier(owner.role)]
    with opened.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
        cursor.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(*names))


def _set_privileges(opened: connection, *, owner: str, application: str) -> None:
    """Let the application read and write rows of what the owner will make, and no more.

    A migration takes back what a table must not allow (audit: INSERT alone).
    """
    names = {"owner": sql.Identifier(owner), "application": sql.Identifier(application)}
    default = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} "
    statements = [
        *(f"CREATE EXTENSION IF NOT EXISTS {extension}" for extension in _EXTENSIONS),
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE, CREATE ON SCHEMA public TO {owner}",
        "GRANT USAGE ON SCHEMA public TO {application}",
        default + "GRANT USAGE ON SCHEMAS TO {application}",
        default + "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {application}",
        default + "GRANT USAGE, SELECT ON SEQUENCES TO {application}",
    ]
    with opened.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**names))
