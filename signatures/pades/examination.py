"""What we refuse to sign, found by walking every object of the file; runs inside the fence.

A signature says "this is what was shown". So nothing may be in the file that acts by itself,
that shows something else to somebody else, or that we can't read strictly.
"""

import json
import os
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

MOST_OBJECTS = 500_000
HEAD, TAIL = 1_024, 2_048
_ACTING = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToR", "/GoToE"}
_EXECUTABLE = (
    ".exe", ".com", ".bat", ".cmd", ".ps1", ".vbs", ".js", ".jse", ".wsf", ".scr", ".msi",
    ".dll", ".jar", ".sh", ".app", ".hta", ".lnk", ".docm", ".xlsm", ".pptm",
)  # fmt: skip


class Finding(StrEnum):
    """Why a file can't be signed; the values are error codes of the API."""

    EMPTY = "file_empty"
    NOT_PDF = "not_pdf"
    CUT_SHORT = "pdf_cut_short"
    ENCRYPTED = "pdf_encrypted"
    HYBRID = "pdf_hybrid_reference"
    UNREADABLE = "file_unreadable"
    ACTS = "pdf_has_actions"
    XFA = "pdf_has_xfa"
    EXECUTABLE = "pdf_has_executables"
    HIDDEN_LAYERS = "pdf_has_hidden_layers"
    FORM_NOT_DRAWN = "pdf_form_not_drawn"
    SIGNED_ALREADY = "pdf_signed_already"


def gate(file: BinaryIO) -> Finding | None:
    """Look at both ends only: what fails here is never parsed (garbage costs 1 s per MB)."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(HEAD)
    file.seek(max(0, size - TAIL))
    tail = file.read(TAIL)
    file.seek(0)
    if size == 0:
        return Finding.EMPTY
    if b"%PDF-" not in head:
        return Finding.NOT_PDF
    if b"%%EOF" not in tail:
        return Finding.CUT_SHORT
    return None


def examine(file: BinaryIO, _arguments: dict[str, Any]) -> bytes:
    """Answer with a JSON list of findings, worst first; an empty list may be signed."""
    found = gate(file)
    if found is not None:
        return json.dumps([found]).encode()
    reader = PdfFileReader(file, strict=True)
    if reader.encrypted:
        return json.dumps([Finding.ENCRYPTED]).encode()
    if reader.xrefs.hybrid_xrefs_present:
        return json.dumps([Finding.HYBRID]).encode()
    findings = list(dict.fromkeys(_findings(reader)))
    return json.dumps(findings).encode()


def _findings(reader: PdfFileReader) -> Iterator[Finding]:
    form = reader.root.get("/AcroForm")
    if isinstance(form, generic.DictionaryObject):
        if "/XFA" in form:
            yield Finding.XFA
        if form.get("/NeedAppearances"):  # the value shown is not the one in the file
            yield Finding.FORM_NOT_DRAWN
    if _hides_layers(reader.root.get("/OCProperties")):
        yield Finding.HIDDEN_LAYERS
    for dictionary in _dictionaries(reader):
        yield from _findings_in(dictionary)


def _hides_layers(properties: object) -> bool:
    """Say whether some layer is off at first: it could be switched on after signing."""
    if not isinstance(properties, generic.DictionaryObject):
        return False
    configuration = properties.get("/D")
    if not isinstance(configuration, generic.DictionaryObject):
        return True
    return bool(configuration.get("/OFF")) or configuration.get("/BaseState") == "/OFF"


def _findings_in(dictionary: generic.DictionaryObject) -> Iterator[Finding]:
    if dictionary.get("/S") in _ACTING or "/JS" in dictionary or "/AA" in dictionary:
        yield Finding.ACTS
    opening = dictionary.get("/OpenAction")
    if isinstance(opening, generic.DictionaryObject) and opening.get("/S") != "/GoTo":
        yield Finding.ACTS
    if dictionary.get("/FT") == "/Sig" and "/V" in dictionary:
        yield Finding.SIGNED_ALREADY
    if "/EF" in dictionary:
        name = str(dictionary.get("/UF") or dictionary.get("/F") or "").lower()
        if name.endswith(_EXECUTABLE):
            yield Finding.EXECUTABLE


def _dictionaries(reader: PdfFileReader) -> Iterator[generic.DictionaryObject]:
    """Yield every dictionary that can be reached from the document's root, each once."""
    waiting: list[Any] = [reader.root]
    seen: set[tuple[int, int]] = set()
    met = 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, generic.IndirectObject):
            key = (value.idnum, value.generation)
            if key in seen:
                continue
            seen.add(key)
            value = value.get_object()
        met += 1
        if met > MOST_OBJECTS:
            raise ValueError("more objects than a document needs")
        if isinstance(value, generic.DictionaryObject):  # streams too
            yield value
            waiting.extend(value.raw_get(name) for name in value)
        elif isinstance(value, generic.ArrayObject):
            waiting.extend(value.raw_get(index) for index in range(len(value)))
