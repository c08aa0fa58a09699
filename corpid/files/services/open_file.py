"""Give bytes back by their digest."""

from typing import BinaryIO

from corpid.files.services.path_of_file import FileNotKept, path_of_file


def open_file(digest_hex: str) -> BinaryIO:
    """Open the bytes for reading. Raises FileNotKept."""
    try:
        return path_of_file(digest_hex).open("rb")
    except FileNotFoundError as error:
        raise FileNotKept(digest_hex) from error
