"""What PDFium tells of a file; runs inside the fence (see fence.py)."""

import io
import json
from typing import Any, BinaryIO

import pypdfium2

MOST_PIXELS = 40_000_000  # a page of absurd shape is shown smaller, never refused


def _opened(file: BinaryIO) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(file, autoclose=False)


def facts(file: BinaryIO, arguments: dict[str, Any]) -> bytes:
    """Count the pages and measure them, in points."""
    document = _opened(file)
    sizes = [
        list(document.get_page_size(number))
        for number in range(min(len(document), arguments["most_pages"]))
    ]
    return json.dumps({"page_count": len(document), "sizes": sizes}).encode()


def page_image(file: BinaryIO, arguments: dict[str, Any]) -> bytes:
    """Draw one page, annotations and form fields too, as a PNG of the wished width."""
    document = _opened(file)
    document.init_forms()
    page = document[arguments["page"] - 1]
    width, height = page.get_size()
    scale = arguments["width"] / width
    if width * height * scale * scale > MOST_PIXELS:
        scale = (MOST_PIXELS / (width * height)) ** 0.5
    image = page.render(scale=scale, may_draw_forms=True).to_pil()
    png = io.BytesIO()
    image.convert("RGB").save(png, "PNG", compress_level=3)
    return png.getvalue()


def texts(file: BinaryIO, arguments: dict[str, Any]) -> bytes:
    """Read the text of each page, up to a limit of pages."""
    document = _opened(file)
    return json.dumps(
        [
            document[number].get_textpage().get_text_bounded()
            for number in range(min(len(document), arguments["most_pages"]))
        ]
    ).encode()
