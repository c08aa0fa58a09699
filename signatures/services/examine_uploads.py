"""Look at the files of a request behind the fence, before any transaction is open.

Ten files may take minutes: nothing may be locked, and no connection kept, for so long.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from corpid.errors import Invalid, gettext_noop
from corpid.files.models import Arrival
from corpid.rendering.pages import PdfFacts
from signatures.services.receive_upload import receive_upload
from signatures.services.refuse_unsignable import refuse_unsignable

MOST_DOCUMENTS = 10


class NoDocuments(Invalid):
    code = "no_documents"
    title = gettext_noop("There must be between one and ten documents.")
    remedy = gettext_noop("Add a PDF, or split the request.")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent; with its facts once it has been examined and may be signed.

    With its arrival once the store has its bytes.
    """

    file_name: str
    content: BinaryIO | bytes
    facts: PdfFacts | None = None
    arrival: Arrival | None = None


def examine_uploads(*, uploads: Sequence[Upload]) -> list[Upload]:
    """Add missing facts; raise what speaks against a file, or NoDocuments."""
    if not 1 <= len(uploads) <= MOST_DOCUMENTS:
        raise NoDocuments(str(len(uploads)))
    return [upload if upload.facts else _examined(upload) for upload in uploads]


def _examined(upload: Upload) -> Upload:
    with receive_upload(content=upload.content) as path:
        facts = refuse_unsignable(path=path)
    if not isinstance(upload.content, bytes):
        upload.content.seek(0)  # it is read again to be stored
    return replace(upload, facts=facts)
