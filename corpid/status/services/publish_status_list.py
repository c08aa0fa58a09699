"""Sign a list as it stands and let it be served."""

import gzip
import hashlib
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from django.db import transaction

from corpid.protocols.status_list import fill_list, sign_status_list
from corpid.status.models import StatusEntry, StatusList, StatusListVersion
from corpid.status.signing import signer_of

TTL = timedelta(minutes=5)  # how long others may hold it without asking again
LIFETIME = timedelta(hours=24)
KEPT_APART = timedelta(hours=12)  # of two unchanged versions that answer for the past


@transaction.atomic
def publish_status_list(
    *,
    list_id: str,
    at: datetime,
    completing: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> StatusListVersion:
    """Make a new version from what the list says now, and take its mark of change away.

    `completing` ends the job that does it. The list's row is locked before the job's, as
    set_status locks them: the other way round they would wait for each other.
    """
    status_list = StatusList.objects.select_for_update().get(id=list_id)
    with completing():
        return _publish(status_list, at)


def _publish(status_list: StatusList, at: datetime) -> StatusListVersion:
    entries = status_list.entries.exclude(status=StatusEntry.Value.VALID)
    content = fill_list(
        StatusList.SIZE,
        entries.values_list("index", "status").iterator(),
        bits=StatusList.STATUS_BITS,
        begin_with=_beginning(status_list),
    )
    expires_at = at + LIFETIME
    signer = signer_of(status_list.owner, at=at)
    token = sign_status_list(
        uri=status_list.uri,
        content=content,
        bits=StatusList.STATUS_BITS,
        at=at,
        ttl=TTL,
        expires_at=expires_at,
        header={"x5c": list(signer.x5c)},
        sign=signer.sign,
    ).encode("ascii")
    version = StatusListVersion(
        status_list=status_list,
        content_sha256=hashlib.sha256(content).digest(),
        token=token,
        gzipped=gzip.compress(token, compresslevel=6, mtime=0),
        ttl_seconds=int(TTL.total_seconds()),
        issued_at=at,
        expires_at=expires_at,
    )
    _drop_what_says_nothing_new(version)
    version.save(force_insert=True)
    StatusList.objects.filter(id=status_list.id).update(changed_at=None)
    return version


def _beginning(status_list: StatusList) -> bytes | None:
    if status_list.closed_content is None:
        return None
    return zlib.decompress(bytes(status_list.closed_content))


def _drop_what_says_nothing_new(version: StatusListVersion) -> None:
    """Delete the last version if those around it say the same and answer for its time too."""
    recent = list(
        version.status_list.versions.order_by("-issued_at").defer("token", "gzipped")[:2]
    )
    if len(recent) < 2:  # noqa: PLR2004  the last, and the one before it
        return
    last, before = recent
    says_the_same = (
        bytes(last.content_sha256) == bytes(before.content_sha256) == version.content_sha256
    )
    if says_the_same and version.issued_at - before.issued_at < KEPT_APART:
        StatusListVersion.objects.filter(id=last.id).delete()
