"""The windows that a try to sign in falls into: guessing is slowed, no owner locked out.

Failures are counted in fixed windows: for the address that they come from; and for the account,
once for browsers that have signed in to it before (each by itself, known by a signed cookie)
and once for all others. So whoever guesses at an account fills the others' count, never that of
the owner's own browser (OWASP, "Device Cookies").
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from corpid.api.forwarded import block_of


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a try comes from. `known_browser` is proven by our own signed cookie."""

    address: str
    known_browser: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """`key` names the counter of this window; at `allowed` failures it is full."""

    key: str
    allowed: int
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class _Bucket:
    key: str
    allowed: int
    per: timedelta

    def window(self, at: datetime) -> Window:
        length = int(self.per.total_seconds())
        number = int(at.timestamp()) // length
        ends_at = datetime.fromtimestamp((number + 1) * length, tz=at.tzinfo)
        return Window(f"tries:{self.key}:{number}", self.allowed, ends_at)


_PER_ADDRESS = 50, timedelta(minutes=5)
_PER_PAIR = 5, timedelta(minutes=5)
_PER_ACCOUNT = 50, timedelta(minutes=30)
_PER_KNOWN_BROWSER = 10, timedelta(minutes=5)


def windows_of(email: str, visitor: Visitor, at: datetime) -> list[Window]:
    return [bucket.window(at) for bucket in _buckets(email, visitor)]


def _buckets(email: str, visitor: Visitor) -> Iterator[_Bucket]:
    account, block = _hidden("account", email.lower()), block_of(visitor.address)
    yield _Bucket(f"address:{_hidden('address', block)}", *_PER_ADDRESS)
    if visitor.known_browser:
        browser = _hidden("browser", visitor.known_browser)
        yield _Bucket(f"browser:{account}:{browser}", *_PER_KNOWN_BROWSER)
        return
    yield _Bucket(f"account:{account}", *_PER_ACCOUNT)
    pair = _hidden("pair", f"{block} {email.lower()}")
    yield _Bucket(f"pair:{pair}", *_PER_PAIR)


def _hidden(salt: str, value: str) -> str:
    return salted_hmac(f"tries.{salt}", value, algorithm="sha256").hexdigest()[:32]
