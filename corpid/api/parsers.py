"""Strict JSON in: what two readers could understand differently is refused.

Duplicate names, NaN and Infinity, numbers beyond 2^53, more than 32 levels, lone surrogates and
NUL are malformed (RFC 8259, section 4 leaves duplicates to the reader; that freedom is an
attack).
"""

import json
import unicodedata
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.parsers import BaseParser

from corpid.errors import Malformed, TooLarge, gettext_noop

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_NUMBER = 2**53  # beyond it, readers round (RFC 8259, section 6); 1e999 is infinite to many


class JSONMalformed(Malformed):
    code = "json_malformed"
    title = gettext_noop("The body is not JSON that we read.")
    remedy = gettext_noop(
        "Send UTF-8 JSON without duplicate names, NaN, NUL, numbers beyond 2^53 or more than 32"
        " levels."
    )


class BodyTooLarge(TooLarge):
    code = "body_too_large"
    title = gettext_noop("The body is too large.")
    remedy = gettext_noop("Send less at once; the reference names the limit of each call.")


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise JSONMalformed(f"duplicate name {name!r}")
        members[name] = value
    return members


def _no_constant(name: str) -> NoReturn:
    raise JSONMalformed(f"{name} is not JSON")


def _normalised(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise JSONMalformed("nested too deep")
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise JSONMalformed("NUL or lone surrogate")
        return unicodedata.normalize("NFC", value)
    if isinstance(value, int | float) and not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise JSONMalformed("a number that readers round differently")
    if isinstance(value, list):
        return [_normalised(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {
            _normalised(name, depth + 1): _normalised(item, depth + 1)
            for name, item in value.items()
        }
    return value


def read_json(body: bytes) -> Any:
    """Read a body strictly; strings come back in NFC. Raises JSONMalformed."""
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique_names, parse_constant=_no_constant
        )
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise JSONMalformed(str(error)) from error
    return _normalised(value, 0)


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002  the signature of DRF
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002  the signature of DRF
    ) -> Any:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise BodyTooLarge
        return read_json(body)
