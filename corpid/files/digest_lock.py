"""Who stores a file and who removes it do not meet: a lock for each digest, in PostgreSQL.

It is held until the transaction ends. Many may hold a file at once; who removes it wants it
alone and never waits, so that no two ever wait for each other.
"""

from django.db import connection


def hold_digest(digest_hex: str) -> None:
    """Keep others from removing it until the transaction ends; waits for who does so now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_key(digest_hex)])


def take_digest(digest_hex: str) -> bool:
    """Have it alone until the transaction ends; False if anybody holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_key(digest_hex)])
        (is_ours,) = cursor.fetchone()
    return bool(is_ours)


def _key(digest_hex: str) -> int:
    return int.from_bytes(bytes.fromhex(digest_hex)[:8], signed=True)
