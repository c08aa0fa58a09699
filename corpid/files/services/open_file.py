"""Give bytes back by their digest: unchanged, or not at all."""

from typing import BinaryIO

from corpid.errors import NotFound, gettext_noop
from corpid.files.configured_storage import configured_storage
from corpid.files.storage import NotThere


class FileNotKept(NotFound):
    code = "file_not_kept"
    title = gettext_noop("We no longer have this file.")
    remedy = gettext_noop("Send the file again if you still have it.")


def open_file(digest_hex: str) -> BinaryIO:
    """Open the bytes for reading, with a descriptor that may be handed to the fence.

    Raises FileNotKept, FileDamaged and StorageAway.
    """
    try:
        return configured_storage().open(digest_hex)
    except NotThere as error:
        raise FileNotKept(digest_hex) from error
