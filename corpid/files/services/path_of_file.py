"""Say where the bytes of a digest lie, for those who map them or hand them to the fence."""

from pathlib import Path

from django.conf import settings

from corpid.errors import NotFound, gettext_noop
from corpid.files.local_storage import LocalStorage


class FileNotKept(NotFound):
    code = "file_not_kept"
    title = gettext_noop("We no longer have this file.")
    remedy = gettext_noop("Send the file again if you still have it.")


def path_of_file(digest_hex: str) -> Path:
    """Raise FileNotKept if they are not here."""
    path = LocalStorage(settings.FILES_DIR).path_of(digest_hex)
    if not path.exists():
        raise FileNotKept(digest_hex)
    return path
