"""Documents signed by a throw-away PKI, as the product signs them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from corpid.rendering.documents import compile_document
from signatures.pades.cms import Commitment, Signing, TimeStamp
from signatures.pades.fields import Field, Place, create_fields
from signatures.pades.long_term import add_archive_time_stamp, add_validation_data
from signatures.pades.signing import Stamp, sign_field
from signatures.pki import time_stamp
from signatures.pki.key_holder import KeyHolder
from tests.signatures.throwaway_pki import NOW, ThrowawayPki

AGREEMENT = """
#set document(title: "Supply agreement")
#set text(font: "Noto Sans CJK HK", size: 10pt)
= Supply agreement 供應協議
#for page in range(PAGES) [
  #lorem(250)
  #if page < PAGES - 1 { pagebreak() }
]
"""


def write_agreement(folder: Path, *, pages: int = 10) -> Path:
    template = folder / "agreement.typ"
    template.write_text(AGREEMENT.replace("PAGES", str(pages)))
    path = folder / "agreement.pdf"
    path.write_bytes(compile_document(template, {}, at=NOW))
    return path


def stamping(pki: ThrowawayPki, at: datetime) -> TimeStamp:
    return lambda digest: time_stamp.make_token(digest, authority=pki.tsa, at=at)


def sign_like_the_product(
    path: Path,
    pki: ThrowawayPki,
    *,
    persons: Sequence[KeyHolder],
    seal: KeyHolder,
    at: datetime = NOW,
    stamp: Stamp | None = None,
    statements: Sequence[str] = ("", "", ""),
) -> None:
    """Two directors, the company's seal with its lock, validation data, archive time-stamp."""
    place = Place(-1, (36, 14, 559, 56)) if stamp else None
    fields = [Field(f"Person{n}", f"Signature {n}") for n, _ in enumerate(persons, 1)]
    seal_field = Field("Seal", "Company seal", place, locks_document=True)
    with path.open("r+b") as file:
        create_fields(file, [*fields, seal_field])
        for field, person, statement in zip(fields, persons, statements, strict=False):
            sign_field(
                file,
                field_name=field.name,
                signing=Signing(person, Commitment.APPROVAL, statement, stamping(pki, at)),
                claimed_at=at,
            )
        sign_field(
            file,
            field_name=seal_field.name,
            signing=Signing(seal, Commitment.ORIGIN, statements[-1], stamping(pki, at)),
            claimed_at=at,
            stamp=stamp,
        )
        add_long_term(file, pki, [*persons, seal], at)


def add_long_term(
    file: object, pki: ThrowawayPki, holders: Sequence[KeyHolder], at: datetime
) -> None:
    later = at + timedelta(seconds=2)
    leaves = [holder.certificate for holder in holders] + [pki.tsa.certificate]
    authorities = [pki.issuing.certificate, pki.responder.certificate, pki.root.certificate]
    add_validation_data(
        file,  # type: ignore[arg-type]  # the caller's open file
        certificates=[each.public_bytes(Encoding.DER) for each in leaves + authorities],
        ocsp_responses=[pki.status_of(leaf, later) for leaf in leaves],
        crls=[pki.root_crl(at)],
    )
    add_archive_time_stamp(
        file,  # type: ignore[arg-type]  # the caller's open file
        field_name="Archive1",
        time_stamp=stamping(pki, later + timedelta(seconds=1)),
    )
