"""PDFs that we make: typst templates filled with data, as tagged PDF/A with Chinese text.

Data goes in as JSON and is read by the template with `json(bytes(sys.inputs.data))`; it is
never pasted into markup, so nothing in it can become a command.
"""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent / "fonts"
CJK_FONT = FONTS / "NotoSansCJKhk-Regular-subset.otf"  # family "Noto Sans CJK HK"

_SPACES = frozenset("\n\t ")
_lock = threading.Lock()
_kept: dict[Path, typst.Compiler] = {}


@cache
def _drawable() -> frozenset[int]:
    with TTFont(CJK_FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())


def printable(value: Any) -> Any:
    """Replace what the font can't draw by its code point, `[U+2B8B0]`.

    A name with a rare character is then visibly incomplete, never silently an empty box.
    """
    if isinstance(value, str):
        known = _drawable()
        return "".join(
            character
            if ord(character) in known or character in _SPACES
            else f"[U+{ord(character):04X}]"
            for character in value
        )
    if isinstance(value, Mapping):
        return {name: printable(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable(inner) for inner in value]
    return value


def compile_document(template: Path, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """Make a PDF/A-3b of a `.typ` file and JSON-able data; `at` is its date of creation.

    The compiler of each template is kept: 50 ms the first time, about 1 ms from then on.
    """
    with _lock:
        compiler = _kept.get(template)
        if compiler is None:
            compiler = _kept[template] = typst.Compiler(
                input=str(template),
                root=str(template.parent),
                font_paths=[str(FONTS)],
                ignore_system_fonts=True,
            )
        made = compiler.compile(
            format="pdf",
            sys_inputs={"data": json.dumps(printable(data), ensure_ascii=False)},
            pdf_standards=["a-3b"],
            timestamp=at.replace(microsecond=0),
        )
    if not isinstance(made, bytes):
        raise TypeError("a PDF without a path to write it to is one value of bytes")
    return made
