"""What makes signatures outlive their certificates: PAdES B-LT and B-LTA.

The validation data (certificates, OCSP responses, CRLs) goes into the document security store,
then a document time-stamp covers it all, signatures and data (EN 319 142-1, sections 5.4, 5.5).
"""

import asyncio
from collections.abc import Sequence
from typing import BinaryIO

from asn1crypto import cms, crl, ocsp, tsp, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from signatures.pades.cms import TimeStamp
from signatures.pades.signing import CHUNK

RESERVED = 16_384


class _InProcess(TimeStamper):
    """A time-stamping authority behind a function instead of an address."""

    def __init__(self, time_stamp: TimeStamp) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # typed in part only
        self._time_stamp = time_stamp

    async def async_timestamp(
        self, message_digest: bytes, md_algorithm: str
    ) -> cms.ContentInfo:
        if md_algorithm != "sha256":
            raise ValueError(f"time-stamps are over SHA-256 digests, not {md_algorithm}")
        return cms.ContentInfo.load(self._time_stamp(message_digest))

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        raise NotImplementedError("async_timestamp answers before a request is made")


def add_validation_data(
    file: BinaryIO,
    *,
    certificates: Sequence[bytes],
    ocsp_responses: Sequence[bytes],
    crls: Sequence[bytes],
) -> None:
    """Append a document security store with these, all in DER; the file is open `r+b`."""
    DocumentSecurityStore.add_dss(
        file,
        sig_contents=None,
        certs=[x509.Certificate.load(der) for der in certificates],
        ocsps=[ocsp.OCSPResponse.load(der) for der in ocsp_responses],
        crls=[crl.CertificateList.load(der) for der in crls],
    )
    file.flush()


def add_archive_time_stamp(file: BinaryIO, *, field_name: str, time_stamp: TimeStamp) -> None:
    """Append a document time-stamp over everything before it; the file is open `r+b`."""
    stamper = PdfTimeStamper(
        _InProcess(time_stamp), field_name=field_name, readable_field_name="Archive time-stamp"
    )
    asyncio.run(
        stamper.async_timestamp_pdf(
            IncrementalPdfFileWriter(file),
            "sha256",
            bytes_reserved=RESERVED,
            in_place=True,
            chunk_size=CHUNK,
        )
    )
    file.flush()
