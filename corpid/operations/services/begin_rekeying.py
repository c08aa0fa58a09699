"""Suspend all keys of a kind at once, because they are in doubt."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Invalid, gettext_noop
from corpid.keys.bounded import forget_everything
from corpid.keys.models import SigningKey
from corpid.operations.models import RekeyedKey, Rekeying
from corpid.operations.rekeying import rekeyers

_BATCH = 2000


class NoKeyMatches(Invalid):
    code = "no_key_matches"
    title = gettext_noop("No key that can be replaced has these properties.")
    remedy = gettext_noop("Check purpose, algorithm, store and date against the list of keys.")


@transaction.atomic
def begin_rekeying(
    *,
    purposes: Collection[str] = (),
    algorithm: str = "",
    backend: str = "",
    created_before: datetime | None = None,
    is_compromised: bool,
    reason: str,
    actor: str,
    at: datetime,
) -> Rekeying:
    """Suspend every key in use that has all the properties; none named: whatever it is.

    The suspended sign nothing from then on, and their certificates are on hold. One person may
    ask; it lapses after a day unless a second confirms. Raises NoKeyMatches.
    """
    known = rekeyers()
    chosen = sorted(set(purposes or known) & set(known), key=lambda each: known[each].rank)
    keys = SigningKey.objects.in_use().filter(purpose__in=chosen, suspended_at=None)
    if algorithm:
        keys = keys.filter(algorithm=algorithm)
    if backend:
        keys = keys.filter(backend=backend)
    if created_before is not None:
        keys = keys.filter(created_at__lt=created_before)
    matching = list(keys.order_by("id").select_for_update().values_list("id", "purpose"))
    if not matching:
        raise NoKeyMatches(f"{chosen} {algorithm} {backend} {created_before}")
    rekeying = Rekeying.objects.create(
        purposes=chosen,
        algorithm=algorithm,
        backend=backend,
        created_before=created_before,
        is_compromised=is_compromised,
        reason=reason,
        state=Rekeying.State.ASKED,
        asked_by=actor,
        asked_at=at,
    )
    RekeyedKey.objects.bulk_create(
        (
            RekeyedKey(rekeying=rekeying, key_id=key_id, rank=known[purpose].rank)
            for key_id, purpose in matching
        ),
        batch_size=_BATCH,
    )
    SigningKey.objects.filter(rekeyings__rekeying=rekeying).update(suspended_at=at)
    record_event(
        kind="operations.rekeying.asked",
        at=at,
        actor=actor,
        subject=rekeying.subject,
        facts={
            "purposes": tuple(chosen),
            "algorithm": algorithm,
            "backend": backend,
            "keys": len(matching),
            "is_compromised": is_compromised,
        },
    )
    transaction.on_commit(forget_everything)
    return rekeying
