"""Lists by cursor: the next page starts after the last row seen, never at a number of rows.

A cursor is signed for the list that gave it and the caller that it was given to: one that
somebody made up, changed or took from another list says nothing about rows of anybody's.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db.models import Model, QuerySet
from rest_framework.request import Request

from corpid.api.caller import Caller
from corpid.errors import Malformed, gettext_noop
from corpid.protocols.strict_encoding import (
    NotCanonical,
    decode_base64url,
    encode_base64url,
)

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_LIMIT = re.compile("[0-9]{1,3}", re.ASCII)
_MAX_CURSOR_LENGTH = 500
_BEFORE_SIGNATURE = "."


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
    signer = _signer_of(request)
    if cursor is not None:
        try:
            last = read_key(_read(cursor, signer))
        except ValueError as error:  # an earlier release's kind of key
            raise CursorMalformed from error
        rows = rows.filter(**{f"{key}__{'lt' if newest_first else 'gt'}": last})
    found = list(rows[: limit + 1])
    is_last = len(found) <= limit
    return CursorPage(
        rows=found[:limit],
        next_cursor=None if is_last else _write(str(getattr(found[limit - 1], key)), signer),
    )


def read_limit(text: str | None) -> int:
    """Read the `limit` of a query. Raises CursorMalformed."""
    if text is None:
        return DEFAULT_LIMIT
    if not _LIMIT.fullmatch(text) or not 1 <= int(text) <= MAX_LIMIT:
        raise CursorMalformed
    return int(text)


def _signer_of(request: Request) -> Signer:
    """Name the list and the caller in the signature; keys being replaced are Django's work."""
    caller = request.user
    whose = (
        [caller.client_id, str(caller.person_id)] if isinstance(caller, Caller) else ["anybody"]
    )
    return Signer(
        salt="corpid.api.cursors:" + json.dumps([request.path, *whose]),
        sep=_BEFORE_SIGNATURE,
        algorithm="sha256",
    )


def _write(last: str, signer: Signer) -> str:
    return signer.sign(encode_base64url(last.encode()))


def _read(cursor: str, signer: Signer) -> str:
    if len(cursor) > _MAX_CURSOR_LENGTH:
        raise CursorMalformed
    try:
        return decode_base64url(signer.unsign(cursor)).decode()
    except (BadSignature, NotCanonical, UnicodeError) as error:
        raise CursorMalformed from error
