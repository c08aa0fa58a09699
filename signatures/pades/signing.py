"""The signing core: one field of one file, in place, in constant memory."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import ExternalSigner, Signer
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_signer import (
    PdfSignatureMetadata,
    PdfSigner,
    PdfSigningSession,
)
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signatures.pades.cms import Signing, sign_digest

CHUNK = 1 << 20
# /Contents counts hexadecimal characters: half as many bytes of CMS fit.
RESERVED_PLAIN = 16_384
RESERVED_TIME_STAMPED = 32_768


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a visible field shows: the first page of a small PDF, drawn over the field's box."""

    pdf: Path


class _Signer(PdfSigner):
    """A signer whose sessions take the time they are given instead of asking a clock."""

    def __init__(
        self,
        *,
        claimed_at: datetime,
        meta: PdfSignatureMetadata,
        signer: Signer,
        stamp_style: StaticStampStyle,
    ) -> None:
        super().__init__(meta, signer, stamp_style=stamp_style)
        self._claimed_at = claimed_at

    def init_signing_session(
        self,
        pdf_out: BasePdfFileWriter,
        existing_fields_only: bool = False,  # noqa: FBT001, FBT002  pyHanko's signature
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._claimed_at
        return session


def sign_field(
    file: BinaryIO,
    *,
    field_name: str,
    signing: Signing,
    claimed_at: datetime,
    stamp: Stamp | None = None,
) -> None:
    """Sign an existing empty field of a file that is open `r+b`; the file grows in place."""
    prepared = asyncio.run(
        _prepare(file, field_name=field_name, signing=signing, at=claimed_at, stamp=stamp)
    )
    prepared.fill_with_cms(file, sign_digest(prepared.document_digest, signing))
    file.flush()


async def _prepare(
    file: BinaryIO, *, field_name: str, signing: Signing, at: datetime, stamp: Stamp | None
) -> PreparedByteRangeDigest:
    """Write the signature's dictionary with room for its CMS, and hash all around it."""
    certificate = x509.Certificate.load(signing.holder.certificate_der)
    signer = _Signer(
        claimed_at=at,
        meta=PdfSignatureMetadata(
            field_name=field_name,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            # Only said by a field with a /Lock; the others leave changes to those who follow.
            docmdp_permissions=MDPPerm.NO_CHANGES,
        ),
        signer=ExternalSigner(
            signing_cert=certificate,
            cert_registry=SimpleCertificateStore(),
            signature_value=bytes(72),  # a placeholder: the signature itself is made in cms.py
        ),
        stamp_style=_style(stamp),
    )
    prepared, _, _ = await signer.async_digest_doc_for_signing(
        IncrementalPdfFileWriter(file),
        existing_fields_only=True,
        bytes_reserved=RESERVED_TIME_STAMPED if signing.time_stamp else RESERVED_PLAIN,
        in_place=True,
        chunk_size=CHUNK,
    )
    return prepared


def _style(stamp: Stamp | None) -> StaticStampStyle:
    if stamp is None:  # an invisible field draws nothing
        return StaticStampStyle(border_width=0)
    return StaticStampStyle.from_pdf_file(
        str(stamp.pdf), border_width=0, background_opacity=1.0
    )
