"""Headers whose names and values are known to be plain: put where Django keeps them.

Its own way tries each header's encoding and looks for line breaks in every answer, which for
ten headers of ours takes longer than an empty view. Nothing goes this way as somebody sent it.
"""

from collections.abc import Mapping

from django.http import HttpResponseBase

Header = tuple[str, str]


def put_header(response: HttpResponseBase, key: str, header: Header) -> None:
    """`key` is the name in lower case."""
    response.headers._store[key] = header  # noqa: SLF001  as said above


def has_header(response: HttpResponseBase, key: str) -> bool:
    """Look by the name in lower case, without the exception that Django's way costs."""
    return key in response.headers._store  # noqa: SLF001  as said above


def put_missing_headers(response: HttpResponseBase, headers: Mapping[str, Header]) -> None:
    """Put those that the answer has not; the keys are their names in lower case."""
    kept = response.headers._store  # noqa: SLF001  as said above
    for key, header in headers.items():
        if key not in kept:
            kept[key] = header


def headers_of(response: HttpResponseBase) -> list[Header]:
    """Give them as they are sent, without a look-up of each by its name."""
    return [*response.headers._store.values()]  # noqa: SLF001  as said above


def prepared(headers: Mapping[str, str]) -> dict[str, Header]:
    return {name.lower(): (name, value) for name, value in headers.items()}
