"""Known private bytes, looked for in every shape in every place where they could turn up."""

import base64
import html
import io
import logging
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from logging.config import DictConfigurator
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from django.conf import settings
from django.db import connection
from django.views.debug import ExceptionReporter
from redis import Redis

from corpid.keys import software
from corpid.keys.envelope import key_encryption_keys
from corpid.keys.models import Algorithm, ScopeKey, SigningKey
from corpid.operations.logs import logging_settings

_ENOUGH = 12  # bytes: fewer could stand somewhere by chance


def shapes(secret: bytes) -> set[bytes]:
    """Give the shapes in which bytes are written down: raw, hex, base64, numbers, escapes."""
    assert len(secret) >= _ENOUGH
    number = int.from_bytes(secret, "big")
    found = {
        secret,
        secret.hex().encode(),
        secret.hex().upper().encode(),
        repr(secret)[2:-1].encode(),
        str(number).encode(),
        ", ".join(str(byte) for byte in secret).encode(),
        ",".join(str(byte) for byte in secret).encode(),
    }
    for offset in range(3):  # base64 reads differently after one or two other bytes
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # Without the first and last group, which share bits with their neighbours.
            found.add(encode(bytes(offset) + secret)[4:-4])
    return found


def leaks(secrets: Mapping[str, bytes], places: Mapping[str, bytes]) -> list[str]:
    """Say which secret stands where; nothing is well."""
    return [
        f"{name} in {place}"
        for place, content in places.items()
        for plain in [_without_escapes(content)]
        for name, secret in secrets.items()
        if any(shape in content or _without_escapes(shape) in plain for shape in shapes(secret))
    ]


def _without_escapes(content: bytes) -> bytes:
    """Escaped text may be escaped again: in JSON, in HTML, in a dump, in a repr of a repr."""
    unescaped = html.unescape(content.decode("latin-1"))
    return unescaped.replace("\\", "").encode("latin-1", "replace")


def secrets_of_keys() -> dict[str, bytes]:
    """Read every private half, data key, scope key and root, through the store."""
    store = software.SoftwareKeyStore()
    found = {f"root {name}": key.reveal() for name, key in key_encryption_keys().items()}
    for row in ScopeKey.objects.all():
        found[f"scope key {row}"] = store._open_scope_key(row).reveal()  # noqa: SLF001  made leakable
    for key in SigningKey.objects.filter(backend="software"):
        names = (f"signing-key:{key.purpose}", key.wrapping_scope)
        assert key.wrapped_data_key is not None
        found[f"data key of {key}"] = store.unwrap(
            *names, bytes(key.wrapped_data_key), record=str(key.id)
        )
        found |= _numbers(key, store)
    return found


def _numbers(key: SigningKey, store: software.SoftwareKeyStore) -> dict[str, bytes]:
    return private_numbers(str(key), store._open_private_key(key))  # noqa: SLF001  made leakable


def private_numbers(name: str, private: software.PrivateKey) -> dict[str, bytes]:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return {name: private.private_numbers().private_value.to_bytes(32, "big")}
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return {name: private.private_bytes_raw()}
    numbers = private.private_numbers()
    return {
        f"{name} {which}": value.to_bytes((value.bit_length() + 7) // 8, "big")
        for which, value in (("p", numbers.p), ("q", numbers.q), ("d", numbers.d))
    }


@contextmanager
def drawn_keys_noted() -> Iterator[dict[str, bytes]]:
    """Note each key that is drawn, so that one that was never kept is looked for as well."""
    noted: dict[str, bytes] = {}
    draw = software._draw  # noqa: SLF001  watched

    def draw_and_note(algorithm: Algorithm) -> software.PrivateKey:
        private = draw(algorithm)
        noted.update(private_numbers(f"drawn {len(noted)}", private))
        return private

    with patch.object(software, "_draw", draw_and_note):
        yield noted


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Catch what is logged at every level, statements of the database too, as JSON lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        DictConfigurator(logging_settings(level="DEBUG")).configure_formatter(
            logging_settings(level="DEBUG")["formatters"]["json"]
        )
    )
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    connection.force_debug_cursor = True
    try:
        yield stream
    finally:
        connection.force_debug_cursor = False
        root.removeHandler(handler)
        root.setLevel(level)


def report_of(error: BaseException) -> bytes:
    """Give the traceback as Django reports it, with every frame's variables."""
    reporter = ExceptionReporter(None, type(error), error, error.__traceback__)
    texts = [
        reporter.get_traceback_text(),
        reporter.get_traceback_html(),
        "".join(traceback.format_exception(error)),
        *(repr(frame["vars"]) for frame in reporter.get_traceback_frames()),
    ]
    return "\n".join(texts).encode()


def database_dump() -> bytes:
    """Give every row of every table, as a dump has them."""
    dumped = io.StringIO()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for (table,) in cursor.fetchall():
            cursor.copy_expert(f"COPY (TABLE {table}) TO STDOUT", dumped)
    return dumped.getvalue().encode()


def valkey_content() -> bytes:
    """Give all keys and values of our two databases of Valkey."""
    found = []
    for address in (settings.CACHES["default"]["LOCATION"], settings.CELERY_BROKER_URL):
        client = Redis.from_url(_as_redis(address))
        for key in client.scan_iter("*"):
            found.append(key)
            match client.type(key):
                case b"string":
                    found.append(client.get(key) or b"")
                case b"list":
                    found += client.lrange(key, 0, -1)
                case b"set":
                    found += list(client.smembers(key))
                case b"hash":
                    found += [part for pair in client.hgetall(key).items() for part in pair]
                case b"zset":
                    found += client.zrange(key, 0, -1)
        client.close()
    return b"\n".join(found)


def _as_redis(address: str) -> str:
    return address.replace("virtual_host=", "db=").replace("redis+socket", "unix")


def files_below(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
