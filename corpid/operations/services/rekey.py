"""Replace the keys of a confirmed re-keying: what work waits for first, then rank by rank."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, CorpIDError, NotAvailable, gettext_noop
from corpid.operations.models import RekeyedKey, Rekeying
from corpid.operations.rekeying import rekeyers

BATCH = 50  # between two looks at what is waited for

Report = Callable[[int, int, str], None]


class SomeKeysNotReplaced(Conflict):
    code = "some_keys_not_replaced"
    title = gettext_noop("Some keys could not be replaced.")
    remedy = gettext_noop("The list of its keys says which and why; then start it again.")


def rekey(*, rekeying: Rekeying, report: Report, now: Callable[[], datetime]) -> None:
    """Go on where an earlier run stopped; a key that failed before is tried once more.

    Each key is a transaction of its own, at the moment that `now` gives. Raises
    SomeKeysNotReplaced at the end, and NotAvailable at once where a part of ours is away.
    """
    keys = rekeying.keys
    total = keys.count()
    keys.filter(state=RekeyedKey.State.FAILED).update(
        state=RekeyedKey.State.WAITING, error_code=""
    )
    done = keys.filter(state=RekeyedKey.State.REPLACED).count()
    while batch := _next(rekeying):
        report(done, total, gettext_noop("Replacing keys"))
        done += sum(_replace(each, rekeying, now()) for each in batch)
    report(done, total, gettext_noop("Replacing keys"))
    if done < total:
        raise SomeKeysNotReplaced(f"{total - done} of {total}")
    _finish(rekeying, total, now())


def _next(rekeying: Rekeying) -> list[RekeyedKey]:
    waiting = (
        rekeying.keys.filter(state=RekeyedKey.State.WAITING)
        .select_related("key")
        .order_by("rank", "id")
    )
    authorities = list(waiting.filter(rank=0))  # certificates and time-stamps need them
    if authorities:
        return authorities
    awaited = {key_id for each in rekeyers().values() for key_id in each.keys_awaited()}
    return list(waiting.filter(key_id__in=awaited)[:BATCH]) or list(waiting[:BATCH])


def _replace(each: RekeyedKey, rekeying: Rekeying, at: datetime) -> bool:
    try:
        with transaction.atomic():
            rekeyers()[each.key.purpose].replace_key(
                key=each.key,
                is_compromised=rekeying.is_compromised,
                actor=rekeying.subject,
                at=at,
            )
            RekeyedKey.objects.filter(id=each.id).update(state=RekeyedKey.State.REPLACED)
    except NotAvailable:
        raise
    except CorpIDError as error:
        RekeyedKey.objects.filter(id=each.id).update(
            state=RekeyedKey.State.FAILED, error_code=error.code
        )
        return False
    return True


@transaction.atomic
def _finish(rekeying: Rekeying, total: int, at: datetime) -> None:
    ended = Rekeying.objects.filter(id=rekeying.id, state=Rekeying.State.RUNNING).update(
        state=Rekeying.State.DONE, ended_at=at
    )
    if ended:
        record_event(
            kind="operations.rekeying.done",
            at=at,
            actor="system",
            subject=rekeying.subject,
            facts={"keys": total},
        )
