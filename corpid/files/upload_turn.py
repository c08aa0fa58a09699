"""So many uploads of one company at once, in each process: the other threads are for others."""

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
    title = gettext_noop("Too many documents of this company arrive at the same time.")
    remedy = gettext_noop("Send fewer at once, and this one again in a few seconds.")

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.headers["Retry-After"] = str(RETRY_AFTER)


@contextmanager
def upload_turn(company_id: UUID) -> Iterator[None]:
    """Take one of settings.COMPANY_UPLOADS_AT_ONCE places; nobody waits for one.

    Whoever waited would keep the very thread that is to be free. Raises TooManyUploads.
    """
    with _lock:
        if _uploading[company_id] >= settings.COMPANY_UPLOADS_AT_ONCE:
            raise TooManyUploads(str(company_id))
        _uploading[company_id] += 1
    try:
        yield
    finally:
        with _lock:
            _uploading[company_id] -= 1
            if not _uploading[company_id]:
                del _uploading[company_id]
