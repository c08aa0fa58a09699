"""What makes signatures outlive their certificates: PAdES B-LT and B-LTA.

The validation data (certificates, OCSP responses, CRLs) goes into the document security store,
then a document time-stamp covers it all, signatures and data (EN 319 142-1, sections 5.4, 5.5).
"""

from collections.abc import Sequence
from typing import BinaryIO

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore

from signatures.pades.cms import TimeStamp
from signatures.pades.signing import CHUNK

RESERVED = 16_384


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
    field = SigFieldSpec(field_name, readable_field_name="Archive time-stamp")
    embedding = PdfCMSEmbedder(new_field_spec=field).write_cms(
        field_name=field_name, writer=IncrementalPdfFileWriter(file)
    )
    next(embedding)
    embedding.send(SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=RESERVED)))
    prepared, _ = embedding.send(
        SigIOSetup(md_algorithm="sha256", in_place=True, chunk_size=CHUNK)
    )
    prepared.fill_with_cms(file, time_stamp(prepared.document_digest))
    file.flush()
