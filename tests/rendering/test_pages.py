"""Documents that we make, looked at as their readers see them."""

import io
from datetime import UTC, datetime
from pathlib import Path

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


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    template = tmp_path / "template.typ"
    template.write_text(TEMPLATE)
    path = tmp_path / "made.pdf"
    path.write_bytes(
        compile_document(
            template, {"title": '供應協議 #panic("x")', "second": "金穗貿易 𠝹"}, at=NOW
        )
    )
    return path


def test_data_is_printed_and_never_becomes_markup(pdf: Path) -> None:
    assert page_texts(pdf) == ['供應協議 #panic("x")', "金穗貿易 𠝹"]


def test_a_page_is_drawn_at_the_wished_width(pdf: Path) -> None:
    image = Image.open(io.BytesIO(render_page(pdf, 1, 800)))

    assert image.format == "PNG"
    assert abs(image.width - 800) <= 1
    assert image.getextrema() != ((255, 255),) * 3  # something is printed on it


def test_the_file_tells_its_pages(pdf: Path) -> None:
    assert inspect_pdf(pdf).page_count == 2


@pytest.mark.parametrize("page", [0, 3, -1])
def test_a_page_before_the_first_or_after_the_last_is_not_there(pdf: Path, page: int) -> None:
    with pytest.raises(PageNotThere):
        render_page(pdf, page, 800)


def test_a_page_count_that_is_known_is_not_learnt_again(pdf: Path) -> None:
    assert render_page(pdf, 2, 800, page_count=2).startswith(b"\x89PNG")
    with pytest.raises(PageNotThere):
        render_page(pdf, 2, 800, page_count=1)  # what the caller says is believed


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n", b"\x00" * 5000])
def test_what_is_no_pdf_is_said_to_be_unreadable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(content)

    with pytest.raises(FileUnreadable):
        inspect_pdf(path)
