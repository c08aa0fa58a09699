"""Strict JSON in: what two readers could understand differently is refused.

Duplicate names, NaN and Infinity, numbers beyond 2^53, more than 32 levels, lone surrogates and
NUL are malformed (RFC 8259, section 4 leaves duplicates to the reader; that freedom is an
attack).
"""

import unicodedata
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from corpid.errors import Malformed, TooLarge, gettext_noop
from corpid.protocols import strict_encoding
from corpid.protocols.strict_encoding import Limits, NotCanonical

MAX_BYTES = 1024 * 1024
# Beyond 2^53 readers round (RFC 8259, section 6); 1e999 is infinite to many.
LIMITS = Limits(max_depth=32, max_number=2**53)


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


def _composed(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_composed(item) for item in value]
    if isinstance(value, dict):
        members = {_composed(name): _composed(item) for name, item in value.items()}
        if len(members) != len(value):
            raise JSONMalformed("two names that differ in their composition alone")
        return members
    return value


def read_json(body: bytes) -> Any:
    """Read a body strictly; strings come back in NFC. Raises JSONMalformed."""
    try:
        value = strict_encoding.read_json(body, limits=LIMITS)
    except NotCanonical as error:
        raise JSONMalformed(str(error)) from error
    return _composed(value)


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
