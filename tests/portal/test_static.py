"""Styles, scripts and templates as the content security policy wants them."""

import hashlib
import re
from pathlib import Path

import pytest

from tests.catalogue import ROOT, templates

VENDOR = ROOT / "static" / "vendor" / "govuk-frontend"
INLINE = re.compile(
    r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=[\"']|javascript:", re.IGNORECASE
)


def test_the_vendored_files_are_those_that_were_looked_at() -> None:
    for line in (VENDOR / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest


def test_nothing_of_gov_uk_itself_was_taken() -> None:
    styles = (VENDOR / "govuk-frontend.min.css").read_text()

    assert "url(" not in styles
    assert "GDS Transport" not in styles


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_no_inline_script_or_style(path: Path) -> None:
    assert INLINE.search(path.read_text()) is None


def test_an_inline_style_would_be_found() -> None:
    assert INLINE.search('<p style="color: red">')
    assert INLINE.search("<script>alert()</script>")
    assert not INLINE.search('<script type="module" src="/static/corpid.js"></script>')
