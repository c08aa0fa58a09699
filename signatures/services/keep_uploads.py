"""Examine the files of a request and send their bytes to the store, before any transaction.

A store may be slow: nothing may be locked, and no connection kept, for so long.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from corpid.errors import CorpIDError
from corpid.files.holder import Holder
from corpid.files.services.give_up_arrivals import give_up_arrivals
from corpid.files.services.receive_file import receive_file
from corpid.files.upload_turn import upload_turn
from signatures.services.examine_uploads import Upload, examine_uploads


def keep_uploads(*, uploads: Sequence[Upload], holder: Holder, at: datetime) -> list[Upload]:
    """Add facts and arrivals; what has both is left as it is.

    Raises what speaks against a file, NoDocuments, QuotaUsedUp, TooManyUploads, StorageFull
    and StorageAway.
    """
    whose = holder.company_id or holder.e_service_id
    assert whose is not None  # noqa: S101  one of the two
    if uploads and all(each.facts and each.arrival for each in uploads):
        return list(uploads)
    with upload_turn(whose):
        examined = examine_uploads(uploads=uploads)
        kept: list[Upload] = []
        try:
            for each in examined:
                kept.append(_kept(each, holder, at))  # noqa: PERF401  given up one by one
        except CorpIDError:
            give_up_arrivals(each.arrival for each in kept if each.arrival is not None)
            raise
        return kept


def _kept(upload: Upload, holder: Holder, at: datetime) -> Upload:
    arrival = receive_file(
        content=upload.content, media_type="application/pdf", at=at, holder=holder
    )
    return replace(upload, arrival=arrival)
