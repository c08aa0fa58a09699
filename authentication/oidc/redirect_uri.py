"""Redirect URIs: registered whole, compared letter by letter (RFC 9700, section 2.1)."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from corpid.errors import Invalid, gettext_noop

MAX_LENGTH = 500
_LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=/|\?|$)")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


class RedirectURINotUsable(Invalid):
    code = "redirect_uri_not_usable"
    title = gettext_noop("A redirect URI can't be registered.")
    remedy = gettext_noop(
        "Use an absolute https address without fragment or user name; on your own machine also "
        "http://127.0.0.1, http://[::1] or http://localhost."
    )


def is_registered(uri: str, *, registered: Iterable[str], any_loopback_port: bool) -> bool:
    """Compare exactly; in a sandbox a loopback port may differ (RFC 8252, section 7.3)."""
    for known in registered:
        if uri == known:
            return True
        if any_loopback_port and _without_port(uri) == _without_port(known) is not None:
            return True
    return False


def shares_origin(uri: str, *, registered: Iterable[str], any_loopback_port: bool) -> bool:
    """Say whether an address to return to lies on a registered redirect URI's origin.

    Anything else would make us an open redirector (RFC 9700, section 4.11).
    """
    try:
        check_registrable(uri)
    except RedirectURINotUsable:
        return False
    return is_registered(
        origin_of(uri),
        registered=[origin_of(known) for known in registered],
        any_loopback_port=any_loopback_port,
    )


def _without_port(uri: str) -> str | None:
    found = _LOOPBACK.match(uri)
    if found is None:
        return None
    host = "[::1]" if "[::1]" in found.group() else "127.0.0.1"
    return f"http://{host}{uri[found.end() :]}"


def check_registrable(uri: str) -> None:
    """Refuse what must not be registered. Raises RedirectURINotUsable."""
    if len(uri) > MAX_LENGTH or not _PRINTABLE.fullmatch(uri):
        raise RedirectURINotUsable("length or letters")
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise RedirectURINotUsable(str(error)) from error
    is_local = parts.scheme == "http" and host in {"127.0.0.1", "::1", "localhost"}
    if not host or not (parts.scheme == "https" or is_local):
        raise RedirectURINotUsable("scheme or host")
    if "#" in uri or "@" in parts.netloc or "\\" in uri or "*" in uri:
        raise RedirectURINotUsable("fragment, user name, backslash or wildcard")


def origin_of(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
