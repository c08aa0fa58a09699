"""The form as a PDF, made by typst; the values travel as data, never as markup."""

import json
import os
from pathlib import Path

import typst

from department.form import Filled

# Fonts that hold 繁體 and 简体: put your own here.
_FONTS = os.environ.get(
    "DEPARTMENT_FONTS", str(Path(__file__).parents[2] / "corpid" / "rendering" / "fonts")
)
_TEMPLATE = Path(__file__).with_name("form.typ")


def print_form(
    *, title: str, department: str, declaration: str, filled: tuple[Filled, ...]
) -> bytes:
    """Print it in English and Chinese beside each other, as departments do."""
    rows = [
        {
            "label": f"{each.field.label[0]} {each.field.label[1]}",
            "value": each.value or "–",
            "provenance": f"{each.provenance[0]} {each.provenance[1]}",
        }
        for each in filled
    ]
    form = {
        "title": title,
        "department": department,
        "declaration": declaration,
        "rows": rows,
    }
    compiler = typst.Compiler(input=str(_TEMPLATE), font_paths=[_FONTS])
    printed = compiler.compile(
        format="pdf", sys_inputs={"form": json.dumps(form, ensure_ascii=False)}
    )
    if not isinstance(printed, bytes):
        raise TypeError("a PDF is one value of bytes")
    return printed
