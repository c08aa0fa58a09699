"""So many uploads of one asker at once, in each process: the other threads are for others."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID

from django.conf import settings

from corpid.errors import TooMany, gettext_noop

RETRY_AFTER = 2  # seconds

_uploading: Counter[UUID] = Counter()
_lock = Lock()


class TooManyUploads(TooMany):
    code = "too_many_uploads"
    title = gettext_noop("Too many documents arrive at the same time.")
    remedy = gettext_noop("Send fewer at once, and this one again in a few seconds.")

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.headers["Retry-After"] = str(RETRY_AFTER)


@contextmanager
def upload_turn(whose: UUID) -> Iterator[None]:
    """Take a place of a company or an e-service: it has settings.COMPANY_UPLOADS_AT_ONCE.

    Nobody waits for one: whoever waited would keep the very thread that is to be free. Raises
    TooManyUploads.
    """
    with _lock:
        if _uploading[whose] >= settings.COMPANY_UPLOADS_AT_ONCE:
            raise TooManyUploads(str(whose))
        _uploading[whose] += 1
    try:
        yield
    finally:
        with _lock:
            _uploading[whose] -= 1
            if not _uploading[whose]:
                del _uploading[whose]
