"""Give bytes back by their digest."""

from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from corpid.errors import NotFound, gettext_noop
from corpid.files.local_storage import LocalStorage


class FileNotKept(NotFound):
    code = "file_not_kept"
    title = gettext_noop("We no longer have this file.")
    remedy = gettext_noop("Send the file again if you still have it.")


def path_of_file(digest_hex: str) -> Path:
    """Say where the bytes lie, for those who map them or hand them to the fence."""
    path = LocalStorage(settings.FILES_DIR).path_of(digest_hex)
    if not path.exists():
        raise FileNotKept(digest_hex)
    return path


def open_file(digest_hex: str) -> BinaryIO:
    """Open the bytes for reading. Raises FileNotKept."""
    try:
        return path_of_file(digest_hex).open("rb")
    except FileNotFoundError as error:
        raise FileNotKept(digest_hex) from error
