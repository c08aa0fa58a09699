"""Find a published checkpoint."""

from corpid.audit.models import Checkpoint
from corpid.errors import Invalid, NotFound, gettext_noop


class NoSuchCheckpoint(Invalid):
    code = "no_such_checkpoint"
    title = gettext_noop("No checkpoint of the log has this size.")
    remedy = gettext_noop("Use the size of a checkpoint that you hold, or leave the size out.")


class NothingPublished(NotFound):
    code = "no_checkpoint_yet"
    title = gettext_noop("No checkpoint has been published yet.")
    remedy = gettext_noop("The first one follows within ten seconds of the first event.")


def find_checkpoint(*, size: int | None = None) -> Checkpoint:
    """Give the one of this size; the latest, if none is named."""
    published = Checkpoint.objects.filter(published_at__isnull=False)
    if size is None:
        found = published.order_by("-size").first()
        if found is None:
            raise NothingPublished
        return found
    found = published.filter(size=size).first()
    if found is None:
        raise NoSuchCheckpoint(str(size))
    return found
