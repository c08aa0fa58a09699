"""Do two revisions of a file look and read the same? Drawn by PDFium, inside the fence.

Objects can be well-behaved while the page shows something else (shadow attacks, Mainka and
others, NDSS 2021), so the pages themselves are compared: pixels and text. Where signatures
stand is left out, for a later signature rightly draws its stamp.
"""

from collections.abc import Iterator

import pypdfium2
from PIL import Image, ImageChops, ImageDraw

WIDTH = 500  # pixels: a changed digit of 8 points is a dozen of them
PIXELS_UNTIL = 300
IMAGES_KEPT = 60  # a megabyte each
LEAST_DIFFERENCE = 24  # of 255: antialiasing moves less than that

Box = tuple[float, float, float, float]  # left, bottom, right, top, in points


class Looks:
    """How the pages of the file look now; what was drawn once serves every signature."""

    def __init__(self, content: bytes, stamps: dict[int, list[Box]]) -> None:
        self._stamps = stamps
        self._now = pypdfium2.PdfDocument(content)
        self._now.init_forms()
        self._images: dict[int, Image.Image] = {}

    def differing_pages(self, signed: bytes) -> Iterator[int]:
        """Yield the numbers (1, 2, …) of the pages that differ; a missing page differs.

        Beyond PIXELS_UNTIL pages only the text is compared.
        """
        then = pypdfium2.PdfDocument(signed)
        then.init_forms()
        for index in range(max(len(then), len(self._now))):
            is_in_both = index < len(then) and index < len(self._now)
            if not is_in_both or not self._is_same(then[index], index):
                yield index + 1

    def _is_same(self, then: pypdfium2.PdfPage, index: int) -> bool:
        now = self._now[index]
        if then.get_size() != now.get_size() or _text(then) != _text(now):
            return False
        if index >= PIXELS_UNTIL:
            return True
        stamps = self._stamps.get(index, [])
        difference = ImageChops.difference(_drawn(then, stamps), self._drawn_now(index))
        extremes = difference.getextrema()
        return max(high for _, high in extremes) < LEAST_DIFFERENCE  # type: ignore[misc]  # RGB: a pair each

    def _drawn_now(self, index: int) -> Image.Image:
        image = self._images.get(index)
        if image is None:
            image = _drawn(self._now[index], self._stamps.get(index, []))
            if index < IMAGES_KEPT:
                self._images[index] = image
        return image


def _text(page: pypdfium2.PdfPage) -> str:
    return str(page.get_textpage().get_text_bounded())


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
