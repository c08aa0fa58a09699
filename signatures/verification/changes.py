"""What became of a revision after somebody signed it: objects, text and pixels."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signatures.verification.findings import Changes, FilledField
from signatures.verification.visual import Box, Looks

MOST_PAGES = 300
_LEVELS = {
    ModificationLevel.NONE: "none",
    ModificationLevel.LTA_UPDATES: "long_term",
    ModificationLevel.FORM_FILLING: "form_filling",
    ModificationLevel.ANNOTATIONS: "annotations",
    ModificationLevel.OTHER: "other",
}


class Revisions:
    """The file as it is now, and as each signature found it."""

    def __init__(
        self,
        file: BinaryIO,
        reader: PdfFileReader,
        fields: list[tuple[str, generic.DictionaryObject]],
    ) -> None:
        self._file = file
        self._reader = reader
        self._fields = fields
        self._looks: Looks | None = None
        file.seek(0)
        self.now = file.read()

    def as_signed(self, embedded: EmbeddedPdfSignature) -> bytes:
        return self.now[: int(embedded.byte_range[2]) + int(embedded.byte_range[3])]

    def changes_since(self, embedded: EmbeddedPdfSignature) -> Changes:
        """Compare; its integrity information has been computed by now."""
        difference: Any = embedded.diff_result
        signed = self.as_signed(embedded)
        if len(signed) == len(self.now):
            return Changes("none")
        if self._looks is None:
            self._looks = Looks(self.now, self._stamps())
        pages = tuple(self._looks.differing_pages(signed))
        if not isinstance(difference, DiffResult):
            return Changes("other", str(difference)[:300], pages=pages)
        signature_fields = {name for name, _ in _all_signature_fields(self._reader)}
        filled = tuple(
            self._filled(name, embedded)
            for name in sorted(set(difference.changed_form_fields) - signature_fields)
        )
        level = _LEVELS[difference.modification_level]
        if level == "form_filling" and not filled:
            level = "long_term"  # later signatures fill their own fields, as they should
        return Changes(level, filled_fields=filled, pages=pages)

    def _filled(self, name: str, embedded: EmbeddedPdfSignature) -> FilledField:
        then = self._reader.get_historical_resolver(embedded.signed_revision)
        return FilledField(
            name=str(name),
            signed_value=_value_of(then.root, name),
            present_value=_value_of(self._reader.root, name),
        )

    def _stamps(self) -> dict[int, list[Box]]:
        """Where signatures are drawn, by page (0 is the first)."""
        boxes: dict[int, list[Box]] = {}
        pages = _page_numbers(self._reader)
        for _, field in self._fields:
            if "/Rect" not in field:
                continue
            left, bottom, right, top = (float(value) for value in field["/Rect"])
            page = field.get_value_as_reference("/P") if "/P" in field else None
            number = pages.get((page.idnum, page.generation)) if page else None
            if number is not None:
                boxes.setdefault(number, []).append((left, bottom, right, top))
        return boxes


def _all_signature_fields(
    reader: PdfFileReader,
) -> Iterator[tuple[str, generic.DictionaryObject]]:
    for name, _value, reference in enumerate_sig_fields(reader):
        yield name, reference.get_object()


def _page_numbers(reader: PdfFileReader) -> dict[tuple[int, int], int]:
    numbers: dict[tuple[int, int], int] = {}
    for index in range(min(int(reader.root["/Pages"]["/Count"]), MOST_PAGES)):
        reference = reader.find_page_for_modification(index)[0]
        numbers[reference.idnum, reference.generation] = index
    return numbers


def _value_of(root: generic.DictionaryObject, name: str) -> str:
    """Find a form field's value by its full name (`a.b.c`), as text."""
    fields = root.get("/AcroForm", {}).get("/Fields", ())
    found: generic.DictionaryObject | None = None
    for part in name.split("."):
        found = next(
            (
                field
                for field in (each.get_object() for each in fields)
                if str(field.get("/T", "")) == part
            ),
            None,
        )
        if found is None:
            return ""
        fields = found.get("/Kids", ())
    return str(found.get("/V", ""))[:500] if found is not None else ""
