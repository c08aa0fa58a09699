"""Keep an upload aside while it is looked at: what is refused is never stored."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from corpid.errors import TooLarge, gettext_noop

CHUNK = 1 << 20


def _most_megabytes() -> str:
    return f"{settings.MAX_PDF_BYTES / 2**20:g}"


MOST_MEGABYTES = lazy(_most_megabytes, str)()  # for the texts that name the limit


class PdfTooLarge(TooLarge):
    code = "pdf_too_large"
    title = format_lazy(  # type: ignore[assignment]  # read as a str, when it is read
        gettext_lazy("The file is larger than {megabytes} MB."), megabytes=MOST_MEGABYTES
    )
    remedy = gettext_noop("Reduce the images in it, or split it, and choose it again.")


@contextmanager
def receive_upload(*, content: BinaryIO | bytes) -> Iterator[Path]:
    """Give a file that is gone when the context ends. Raises PdfTooLarge."""
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    with tempfile.NamedTemporaryFile(suffix=".pdf") as aside:
        while chunk := stream.read(CHUNK):
            aside.write(chunk)
            if aside.tell() > settings.MAX_PDF_BYTES:
                raise PdfTooLarge(f"more than {settings.MAX_PDF_BYTES} bytes")
        aside.flush()
        yield Path(aside.name)
