"""Take bytes in and make them somebody's at once: for those who have one file, and no hurry."""

import io
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from corpid.files.holder import Holder
from corpid.files.models import StoredFile
from corpid.files.quota_used_up import QuotaUsedUp
from corpid.files.services.count_files import ArrivedTooLongAgo, count_files
from corpid.files.services.give_up_arrivals import give_up_arrivals
from corpid.files.services.receive_file import receive_file

MOST_TRIES = 5


def store_file(
    *,
    content: BinaryIO | bytes,
    media_type: str,
    at: datetime,
    keep_until: datetime | None = None,
    max_bytes: int | None = None,
    company_id: UUID | None = None,
    is_agreed: bool = False,
) -> StoredFile:
    """Do what `receive_file` and then `count_files` do, which say what is raised.

    Whoever goes on in a transaction of their own calls the two themselves, the first before it
    opens. Bytes that were swept away in between are stored again.
    """
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    begins = stream.tell()
    holder = Holder(company_id=company_id) if company_id is not None else None
    tries = 0
    while True:
        tries += 1
        stream.seek(begins)
        arrival = receive_file(
            content=stream,
            media_type=media_type,
            at=at,
            max_bytes=max_bytes,
            holder=None if is_agreed else holder,
        )
        try:
            count_files(
                arrivals=[arrival],
                at=at,
                keep_until=keep_until,
                holder=holder,
                is_agreed=is_agreed,
            )
        except QuotaUsedUp:
            give_up_arrivals([arrival])
            raise
        except ArrivedTooLongAgo:
            if tries == MOST_TRIES:
                raise
        else:
            return StoredFile.objects.get(pk=arrival.digest_hex)
