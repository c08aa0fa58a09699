"""Refuse everything while a restored database is not yet made safe."""

from corpid.errors import PartAway, gettext_noop
from corpid.restores.generation import present_generation

RETRY_AFTER = 60  # seconds


class RestoreNotFinished(PartAway):
    """Jobs wait for it, and lose no attempt."""

    code = "restore_not_finished"
    title = gettext_noop("Corp ID is being brought back from a backup.")
    remedy = gettext_noop("Try again later. Nobody is served until that is done.")

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.headers["Retry-After"] = str(RETRY_AFTER)


def require_finished_restore() -> None:
    """Raise RestoreNotFinished; costs a look into this process's memory."""
    generation = present_generation()
    if not generation.is_finished:
        raise RestoreNotFinished(f"restoration {generation.id}")
