"""Do two revisions of a file look and read the same? Drawn by PDFium, inside the fence.

Objects can be well-behaved while the page shows something else (shadow attacks, Mainka and
others, NDSS 2021), so the pages themselves are compared: pixels and text. Where signatures
stand is left out, for a later signature rightly draws its stamp.
"""

from collections.abc import Iterator

import pypdfium2
from PIL import Image, ImageChops, ImageDraw

WIDTH = 500  # pixels: a changed digit of 8 points is a dozen of them
LEAST_DIFFERENCE = 24  # of 255: antialiasing moves less than that

Box = tuple[float, float, float, float]  # left, bottom, right, top, in points


def differing_pages(
    then: bytes, now: bytes, stamps: dict[int, list[Box]], *, most_pages: int
) -> Iterator[int]:
    """Yield the numbers (1, 2, …) of the pages that differ; a missing page differs."""
    old, new = pypdfium2.PdfDocument(then), pypdfium2.PdfDocument(now)
    old.init_forms()
    new.init_forms()
    for index in range(min(max(len(old), len(new)), most_pages)):
        is_in_both = index < len(old) and index < len(new)
        if not is_in_both or not _is_same_page(old[index], new[index], stamps.get(index, [])):
            yield index + 1


def _is_same_page(old: pypdfium2.PdfPage, new: pypdfium2.PdfPage, stamps: list[Box]) -> bool:
    if old.get_size() != new.get_size():
        return False
    if old.get_textpage().get_text_bounded() != new.get_textpage().get_text_bounded():
        return False
    difference = ImageChops.difference(_drawn(old, stamps), _drawn(new, stamps))
    extremes = difference.getextrema()
    return max(high for _, high in extremes) < LEAST_DIFFERENCE  # type: ignore[misc]  # RGB: a pair each


def _drawn(page: pypdfium2.PdfPage, stamps: list[Box]) -> Image.Image:
    width, height = page.get_size()
    scale = WIDTH / width
    image: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
    pen = ImageDraw.Draw(image)
    for left, bottom, right, top in stamps:
        corners = (left * scale - 1, (height - top) * scale - 1)
        far = (right * scale + 1, (height - bottom) * scale + 1)
        pen.rectangle((*corners, *far), fill="white")
    return image
