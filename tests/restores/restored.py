"""A restore as its row tells of it."""

from datetime import datetime

from corpid.identifiers import uuid7
from corpid.restores.generation import forget_generation
from corpid.restores.models import Restoration


def restored(*, at: datetime, is_finished: bool = True) -> Restoration:
    row = Restoration.objects.create(
        backup="b1",
        begun_by="operator:t",
        begun_at=at,
        log_size=0,
        event_id=uuid7() if is_finished else None,
        finished_at=at if is_finished else None,
    )
    forget_generation()
    return row
