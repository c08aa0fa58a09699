"""What the code says in words, found without GNU gettext; and what the catalogues answer."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.template import Engine
from django.template.base import Lexer, TokenType
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(__file__).parents[1]
SOURCES = ("corpid", "authentication", "signatures", "credentials", "prefill")
MARKERS = {"gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "_"}
PLURAL_MARKERS = {"ngettext", "ngettext_lazy"}


@dataclass(frozen=True, slots=True)
class Text:
    msgid: str
    where: str


@dataclass(slots=True)
class Entry:
    msgid: str = ""
    msgid_plural: str = ""
    msgstr: str = ""
    flags: set[str] = field(default_factory=set)


def python_texts() -> Iterator[Text]:
    """Find every text given to a marker; a marker given anything but a text is an error."""
    for app in SOURCES:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _python_texts(path)


def _python_texts(path: Path) -> Iterator[Text]:
    where = str(path.relative_to(ROOT))
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else name
        if name not in MARKERS or not node.args:
            continue
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield Text(first.value, where)
        elif isinstance(first, ast.JoinedStr):
            yield Text("", f"{where}:{first.lineno} marks an f-string")


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def template_texts() -> Iterator[Text]:
    engine = Engine.get_default()
    for path in templates():
        where = str(path.relative_to(ROOT))
        template = engine.from_string(path.read_text())
        nodes: Any = template.nodelist  # the nodes' own attributes are untyped
        for node in nodes.get_nodes_by_type(TranslateNode):
            literal = node.filter_expression.var.literal
            if isinstance(literal, str):
                yield Text(literal, where)
        for block in nodes.get_nodes_by_type(BlockTranslateNode):
            yield Text(block.render_token_list(block.singular)[0], where)


# -- Text nodes that nobody marked -------------------------------------------------------------

_LETTERS = re.compile(r"[A-Za-z\u3400-\u9fff]{2}")
_NOT_WORDS = {"Corp ID", "– Corp ID"}
_READ_ALOUD = {"title", "alt", "aria-label", "placeholder"}
_CODE = {"code", "pre", "script", "style"}
_HOLE = "\x00"  # stands where a tag or a variable of the template was


class _WordFinder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._code += tag in _CODE
        self.found += [value for name, value in attributes if name in _READ_ALOUD and value]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in _CODE

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.found.append(data)


def unmarked_words(source: str) -> list[str]:
    """List what a reader would see of a template that no translation reaches."""
    html, inside = "", None
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            name = token.split_contents()[0] if token.contents else ""
            if inside is None and name in {"blocktranslate", "comment"}:
                inside = f"end{name}"
            elif name == inside:
                inside = None
            html += _HOLE
        elif token.token_type == TokenType.VAR:
            html += _HOLE
        elif inside is None:
            html += token.contents
    finder = _WordFinder()
    finder.feed(html)
    finder.close()
    pieces = [piece.strip() for text in finder.found for piece in text.split(_HOLE)]
    return [piece for piece in pieces if _LETTERS.search(piece) and piece not in _NOT_WORDS]


# -- Catalogues --------------------------------------------------------------------------------


def read_po(path: Path) -> dict[str, Entry]:
    """Read a catalogue; obsolete entries (#~) are not answers."""
    entries: dict[str, Entry] = {}
    for block in path.read_text().split("\n\n"):
        entry, current = Entry(), ""
        for line in block.splitlines():
            if line.startswith("#, "):
                entry.flags |= set(line[3:].split(", "))
            elif match := re.fullmatch(r'(msgid|msgid_plural|msgstr)(?:\[0\])? (".*")', line):
                current = match[1]
                setattr(entry, current, ast.literal_eval(match[2]))
            elif line.startswith('"'):
                setattr(entry, current, getattr(entry, current) + ast.literal_eval(line))
        if current:
            entries[entry.msgid] = entry
    return entries
