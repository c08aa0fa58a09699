"""Documents that we make, looked at as their readers see them."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest
from PIL import Image

from corpid.rendering.documents import compile_document
from corpid.rendering.fence import FileUnreadable
from corpid.rendering.pages import PageNotThere, inspect_pdf, page_texts, render_page

NOW = datetime(2026, 3, 3, 6, 2, 1, 500, tzinfo=UTC)
TEMPLATE = """
#set document(title: "Test")
#set text(font: "Noto Sans CJK HK")
#let data = json(bytes(sys.inputs.data))
= #data.title
#pagebreak()
#data.second
"""


@contextmanager
def opened(path: Path, content: bytes) -> Iterator[BinaryIO]:
    """Open the content as a file with a descriptor, which the fence is handed."""
    path.write_bytes(content)
    with path.open("rb") as file:
        yield file


@pytest.fixture
def pdf(tmp_path: Path) -> Iterator[BinaryIO]:
    template = tmp_path / "template.typ"
    template.write_text(TEMPLATE)
    made = compile_document(
        template, {"title": '供應協議 #panic("x")', "second": "金穗貿易 𠝹"}, at=NOW
    )
    with opened(tmp_path / "made.pdf", made) as file:
        yield file


def test_data_is_printed_and_never_becomes_markup(pdf: BinaryIO) -> None:
    assert page_texts(pdf) == ['供應協議 #panic("x")', "金穗貿易 𠝹"]


def test_a_page_is_drawn_at_the_wished_width(pdf: BinaryIO) -> None:
    image = Image.open(io.BytesIO(render_page(pdf, 1, 800)))

    assert image.format == "PNG"
    assert abs(image.width - 800) <= 1
    assert image.getextrema() != ((255, 255),) * 3  # something is printed on it


def test_the_file_tells_its_pages(pdf: BinaryIO) -> None:
    assert inspect_pdf(pdf).page_count == 2


@pytest.mark.parametrize("page", [0, 3, -1])
def test_a_page_before_the_first_or_after_the_last_is_not_there(
    pdf: BinaryIO, page: int
) -> None:
    with pytest.raises(PageNotThere):
        render_page(pdf, page, 800)


def test_a_page_count_that_is_known_is_not_learnt_again(pdf: BinaryIO) -> None:
    assert render_page(pdf, 2, 800, page_count=2).startswith(b"\x89PNG")
    with pytest.raises(PageNotThere):
        render_page(pdf, 2, 800, page_count=1)  # what the caller says is believed


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n", b"\x00" * 5000])
def test_what_is_no_pdf_is_said_to_be_unreadable(tmp_path: Path, content: bytes) -> None:
    with opened(tmp_path / "file.pdf", content) as file, pytest.raises(FileUnreadable):
        inspect_pdf(file)
