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
_MARKUP = b"""
#let form = json(bytes(sys.inputs.form))
#set document(title: form.title)
#set page(paper: "a4", margin: 2.5cm, footer: align(center)[#context counter(page).display()])
#set text(font: ("Libertinus Serif", "Noto Sans CJK HK"), size: 11pt)
= #form.title
#form.department
#v(1em)
#table(columns: (5cm, 1fr, 3.5cm), inset: 7pt, stroke: 0.4pt + gray,
  ..form.rows.map(row => (strong(row.label), row.value, text(size: 8pt, row.provenance)))
    .flatten())
#v(2em)
#form.declaration
"""


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
    compiled = typst.compile(
        _MARKUP, sys_inputs={"form": json.dumps(form, ensure_ascii=False)}, font_paths=[_FONTS]
    )
    if not isinstance(compiled, bytes):
        raise TypeError("typst gave more than one file")
    return compiled
