"""Lists by cursor: the next page starts after the last row seen, never at a number of rows."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from rest_framework.request import Request

from corpid.errors import Malformed, gettext_noop
from corpid.protocols.strict_encoding import (
    NotCanonical,
    decode_base64url,
    encode_base64url,
    read_json,
)

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_LIMIT = re.compile("[0-9]{1,3}", re.ASCII)
_MAX_CURSOR_LENGTH = 500


class CursorMalformed(Malformed):
    code = "cursor_malformed"
    title = gettext_noop("This cursor or limit can't be used.")
    remedy = gettext_noop(
        "Follow the next link of the previous page, with a limit of 1 to 200."
    )


Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class CursorPage(Generic[Row]):
    rows: list[Row]
    next_cursor: str | None


def page_after(
    queryset: QuerySet[Row],
    *,
    request: Request,
    key: str = "id",
    read_key: Callable[[str], object] = UUID,
    newest_first: bool = False,
) -> CursorPage[Row]:
    """Cut one page, ordered by `key`, a unique and never changing field read by `read_key`.

    Reads `cursor` and `limit` of the query. Raises CursorMalformed.
    """
    limit = read_limit(request.query_params.get("limit"))
    cursor = request.query_params.get("cursor")
    rows = queryset.order_by(f"-{key}" if newest_first else key)
    if cursor is not None:
        try:
            last = read_key(_read(cursor))
        except ValueError as error:
            raise CursorMalformed from error
        rows = rows.filter(**{f"{key}__{'lt' if newest_first else 'gt'}": last})
    found = list(rows[: limit + 1])
    is_last = len(found) <= limit
    return CursorPage(
        rows=found[:limit],
        next_cursor=None if is_last else _write(getattr(found[limit - 1], key)),
    )


def read_limit(text: str | None) -> int:
    """Read the `limit` of a query. Raises CursorMalformed."""
    if text is None:
        return DEFAULT_LIMIT
    if not _LIMIT.fullmatch(text) or not 1 <= int(text) <= MAX_LIMIT:
        raise CursorMalformed
    return int(text)


def _write(value: Any) -> str:
    return encode_base64url(json.dumps(str(value)).encode())


def _read(cursor: str) -> str:
    if len(cursor) > _MAX_CURSOR_LENGTH:
        raise CursorMalformed
    try:
        value = read_json(decode_base64url(cursor))  # neither NUL nor half a character
    except NotCanonical as error:
        raise CursorMalformed from error
    if not isinstance(value, str):
        raise CursorMalformed
    return value
