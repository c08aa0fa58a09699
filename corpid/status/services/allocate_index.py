"""Give a new credential its place in a list of its owner."""

import secrets
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from corpid.keys.store import key_store
from corpid.protocols.status_list import StatusReference
from corpid.status.models import StatusList
from corpid.status.permutation import permute
from corpid.status.services.publish_status_list import publish_status_list

KEY_PURPOSE = "status_list_permutation"


@transaction.atomic
def allocate_index(*, owner: str, expires_at: datetime, at: datetime) -> StatusReference:
    """Take the next index; its status is `valid`, so nothing has to be published for it.

    A list holds what expires in one year, so that it can go when that is over. Issuers of one
    owner take turns at the list's row until their transaction ends.
    """
    status_list = _open_list(owner, expires_at.year, at)
    number = status_list.taken
    StatusList.objects.filter(id=status_list.id).update(taken=F("taken") + 1)
    key = key_store().unwrap(
        KEY_PURPOSE, owner, bytes(status_list.wrapped_permutation_key), record=status_list.id
    )
    index = permute(number, bits=StatusList.SIZE_BITS, key=key)
    return StatusReference(status_list.uri, index)


def _open_list(owner: str, year: int, at: datetime) -> StatusList:
    found = _with_room(owner, year)
    if found is not None:
        return found
    with connection.cursor() as cursor:  # one list begins, however many ask for it at once
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"corpid.status {owner} {year}"],
        )
    found = _with_room(owner, year)
    if found is not None:
        return found
    status_list = StatusList(owner=owner, expiry_year=year, created_at=at)
    status_list.wrapped_permutation_key = key_store().wrap(
        KEY_PURPOSE, owner, secrets.token_bytes(32), record=status_list.id
    )
    status_list.save(force_insert=True)
    publish_status_list(list_id=status_list.id, at=at)
    return StatusList.objects.select_for_update().get(id=status_list.id)


def _with_room(owner: str, year: int) -> StatusList | None:
    return (
        StatusList.objects.select_for_update()
        .filter(owner=owner, expiry_year=year, taken__lt=StatusList.SIZE, closed_at=None)
        .order_by("created_at")
        .first()
    )
