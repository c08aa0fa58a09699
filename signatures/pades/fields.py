"""Signature fields: all of them are made before the first signature.

A document's permissions belong to its first signed field, and a field added later is a change
that readers may object to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    MDPPerm,
    SigFieldSpec,
    append_signature_field,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stamp stands: the page (0 is the first, -1 the last) and its box in points."""

    page: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    readable_name: str  # what a screen reader says (/TU)
    place: Place | None = None
    locks_document: bool = False  # FieldMDP All, /P 1: nothing may change once it is signed


def create_fields(file: BinaryIO, fields: Sequence[Field]) -> None:
    """Append the fields, empty, to the file (opened `r+b`)."""
    writer = IncrementalPdfFileWriter(file)
    for field in fields:
        append_signature_field(writer, _specification(field))
    writer.write_in_place()


def _specification(field: Field) -> SigFieldSpec:
    lock = FieldMDPSpec(FieldMDPAction.ALL) if field.locks_document else None
    return SigFieldSpec(
        sig_field_name=field.name,
        readable_field_name=field.readable_name,
        on_page=field.place.page if field.place else 0,
        box=field.place.box if field.place else None,
        field_mdp_spec=lock,
        doc_mdp_update_value=MDPPerm.NO_CHANGES if field.locks_document else None,
    )
