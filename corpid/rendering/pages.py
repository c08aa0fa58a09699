"""Pages of PDFs as images and text, drawn behind the fence."""

import json
from dataclasses import dataclass
from typing import BinaryIO

from corpid.errors import NotFound, gettext_noop
from corpid.rendering.fence import FileUnreadable, run_fenced

MOST_PAGES = 2_000


class PageNotThere(NotFound):
    code = "page_not_there"
    title = gettext_noop("The document has no such page.")
    remedy = gettext_noop("Choose a page between the first and the last.")


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """What PDFium can read of a file: the number of pages and their sizes in points."""

    page_count: int
    page_sizes: tuple[tuple[float, float], ...]


def inspect_pdf(pdf: BinaryIO) -> PdfFacts:
    """Open the file as a reader would. Raises FileUnreadable."""
    answer = run_fenced(
        task="corpid.rendering.pdfium:facts", file=pdf, arguments={"most_pages": MOST_PAGES}
    )
    found = json.loads(answer)
    if found["page_count"] < 1:
        raise FileUnreadable("a PDF without pages")
    return PdfFacts(
        page_count=found["page_count"],
        page_sizes=tuple((width, height) for width, height in found["sizes"]),
    )


def render_page(
    pdf: BinaryIO, page: int, width: int, *, page_count: int | None = None
) -> bytes:
    """Draw page 1, 2, … as a PNG `width` pixels wide. Raises FileUnreadable, PageNotThere.

    Who knows the `page_count` spares a second process behind the fence to learn it.
    """
    pages = inspect_pdf(pdf).page_count if page_count is None else page_count
    if not 1 <= page <= pages:
        raise PageNotThere(str(page))
    return run_fenced(
        task="corpid.rendering.pdfium:page_image",
        file=pdf,
        arguments={"page": page, "width": width},
    )


def page_texts(pdf: BinaryIO) -> list[str]:
    """Read the text of each page. Raises FileUnreadable."""
    answer = run_fenced(
        task="corpid.rendering.pdfium:texts", file=pdf, arguments={"most_pages": MOST_PAGES}
    )
    pages: list[str] = json.loads(answer)
    return pages
