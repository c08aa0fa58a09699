"""Reading signed files; runs inside the fence and believes nothing.

1. Gate: what does not begin and end like a PDF is never parsed.
2. Parse strictly; a hybrid-reference file is read a second time, leniently, and marked.
3. Walk the signature fields one by one: a broken one spoils itself only.
4. For each signature choose the process by what it carries (EN 319 102-1): basic or with time
   (section 5.5), or with long-term data (section 5.6.3).
5. Compare the revision that it signed with the file: objects, text and pixels.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

from asn1crypto import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed, AdESStatus
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.general import find_unique_cms_attribute
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.ades import (
    AdESBasicValidationResult,
    ades_basic_validation,
    ades_lta_validation,
    ades_timestamp_validation,
    ades_with_time_validation,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
)
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo

from signatures.pades.cms import statement_in
from signatures.pades.examination import Finding, gate
from signatures.verification.changes import Revisions
from signatures.verification.evidence import SecurityStore, validation_by
from signatures.verification.findings import (
    Findings,
    SignatureFinding,
    TimeStampFinding,
)
from signatures.verification.loose_bytes import has_loose_bytes

MOST_SIGNATURES = 50
_INDICATIONS = {
    AdESStatus.PASSED: "TOTAL-PASSED",
    AdESStatus.INDETERMINATE: "INDETERMINATE",
    AdESStatus.FAILED: "TOTAL-FAILED",
}
_UNREADABLE = (
    PdfError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    RecursionError,
    AssertionError,  # pyHanko's way to refuse some cross-references
)


def verify(file: BinaryIO, arguments: dict[str, Any]) -> bytes:
    """Answer with Findings as JSON.

    Arguments: `roots` (DER, base64), `ocsp_responses` and `crls` (DER, base64: what we know of
    our own certificates), `at` (ISO 8601).
    """
    refused = gate(file)
    if refused is not None:
        return Findings(unreadable=refused).as_json()
    try:
        reader = PdfFileReader(file, strict=True)
        is_hybrid = bool(reader.xrefs.hybrid_xrefs_present)
        if is_hybrid:
            reader = PdfFileReader(file, strict=False)
        if reader.encrypted:
            return Findings(unreadable=Finding.ENCRYPTED).as_json()
        fields = list(_filled_fields(reader))
    except _UNREADABLE:
        return Findings(unreadable=Finding.UNREADABLE).as_json()
    return _Verification(file, reader, fields, arguments).findings(is_hybrid=is_hybrid)


def certificates(file: BinaryIO, _arguments: dict[str, Any]) -> bytes:
    """Answer with the certificates of all signers and time-stamps, DER in base64, as JSON.

    It lets the caller look up the status of those that it issued, before `verify`.
    """
    if gate(file) is not None:
        return b"[]"
    try:
        reader = PdfFileReader(file, strict=False)
        fields = list(_filled_fields(reader))
    except _UNREADABLE:  # verify() says so
        return b"[]"
    found: set[bytes] = set()
    for name, field in fields:
        try:
            signature = EmbeddedPdfSignature(reader, field, name)
            found.add(signature.signer_cert.dump())
            for token in generic_cms.extract_tst_data_iter(signature.signer_info, signed=False):
                found.update(each.chosen.dump() for each in token["certificates"])
        except Exception:  # noqa: BLE001, S112  verify() tells about a broken field
            continue
    return json.dumps([base64.b64encode(der).decode() for der in found]).encode()


def _filled_fields(
    reader: PdfFileReader,
) -> Iterator[tuple[str, generic.DictionaryObject]]:
    if "/AcroForm" not in reader.root:
        return
    for number, (name, _value, reference) in enumerate(
        enumerate_sig_fields(reader, filled_status=True)
    ):
        if number >= MOST_SIGNATURES:
            raise ValueError("more signatures than a document needs")
        yield name, reference.get_object()


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat()


class _Verification:
    """One file under verification: the file, our trust and what we know, at one moment."""

    def __init__(
        self,
        file: BinaryIO,
        reader: PdfFileReader,
        fields: list[tuple[str, generic.DictionaryObject]],
        arguments: dict[str, Any],
    ) -> None:
        self.reader = reader
        self.fields = fields
        self.revisions = Revisions(file, reader, fields)
        self.store = SecurityStore(reader)
        self.spec = validation_by(arguments, self.store)
        self.at = datetime.fromisoformat(arguments["at"])
        self.timing = ValidationTimingInfo(
            validation_time=self.at, best_signature_time=self.at, point_in_time_validation=False
        )

    def findings(self, *, is_hybrid: bool) -> bytes:
        signatures: list[SignatureFinding] = []
        stamps: list[TimeStampFinding] = []
        byte_ranges: list[list[int]] = []
        for name, field in self.fields:
            try:
                embedded = EmbeddedPdfSignature(self.reader, field, name)
                byte_ranges.append([int(each) for each in embedded.byte_range])
                if embedded.sig_object_type == "/DocTimeStamp":
                    stamps.append(self._time_stamp(embedded))
                else:
                    signatures.append(self._signature(embedded))
            except Exception as error:  # noqa: BLE001  hostile input raises anything: it is told
                reason = f"{type(error).__name__}: {error}"[:300]
                signatures.append(self._damaged(name, field, reason))
        return Findings(
            is_hybrid=is_hybrid,
            has_loose_bytes=has_loose_bytes(
                self.revisions.now,
                byte_ranges=byte_ranges,
                last_xref=self.reader.last_startxref or 0,
            ),
            page_count=int(self.reader.root["/Pages"].get("/Count", 0)),
            signatures=tuple(signatures),
            time_stamps=tuple(stamps),
            unread_evidence=self.store.unread,
        ).as_json()

    def _damaged(
        self, name: str, field: generic.DictionaryObject, reason: str
    ) -> SignatureFinding:
        """Say at least whether the digest holds, where the rest can't be read.

        A change inside the file may be what makes it unreadable: then *changed* is the answer.
        """
        unreadable = SignatureFinding(str(name), is_readable=False, reason=reason)
        try:
            embedded = EmbeddedPdfSignature(self.reader, field, name)
            signed = find_unique_cms_attribute(
                embedded.signer_info["signed_attrs"], "message_digest"
            )
            if signed.native == embedded.compute_digest():
                return unreadable
            subject = embedded.signer_cert.subject.native
        except Exception:  # noqa: BLE001  nothing of it can be read
            return unreadable
        return SignatureFinding(
            str(name),
            is_readable=True,
            reason=reason,
            signer=_text(subject.get("common_name")),
            organization=_text(subject.get("organization_name")),
            indication="TOTAL-FAILED",
            sub_indication="HASH_FAILURE",
        )

    def _time_stamp(self, embedded: EmbeddedPdfSignature) -> TimeStampFinding:
        result = asyncio.run(
            ades_timestamp_validation(
                embedded.signed_data,
                self.spec,
                embedded.compute_digest,
                timing_info=self.timing,
            )
        )
        info = embedded.signed_data["encap_content_info"]["content"].parsed
        return TimeStampFinding(
            field=str(embedded.field_name),
            at=_iso(info["gen_time"].native),
            authority=embedded.signer_cert.subject.native.get("common_name", ""),
            indication=_INDICATIONS[result.ades_subindic.status],
        )

    def _signature(self, embedded: EmbeddedPdfSignature) -> SignatureFinding:
        embedded.compute_integrity_info()
        certificate = embedded.signer_cert
        subject = certificate.subject.native
        result = self._validated(embedded)
        covered = embedded.evaluate_signature_coverage()
        sub_indication = result.ades_subindic
        is_passed = sub_indication is AdESPassed.OK
        return SignatureFinding(
            field=str(embedded.field_name),
            is_readable=True,
            certificate_der=base64.b64encode(certificate.dump()).decode(),
            signer=_text(subject.get("common_name")),
            organization=_text(subject.get("organization_name")),
            ubi=_ubi(subject),
            issuer=_text(certificate.issuer.native.get("common_name")),
            serial_number=f"{certificate.serial_number:x}",
            policy=_policy(certificate),
            commitment=_commitment(embedded),
            statement=statement_in(embedded.signer_info),
            claimed_at=_iso(embedded.self_reported_timestamp),
            proven_at=self._proven_at(embedded, result),
            format=self._format(embedded),
            indication=_INDICATIONS[sub_indication.status],
            sub_indication="" if is_passed else str(sub_indication.standard_name),
            reason_of_indication=(result.failure_msg or "")[:300],
            is_covered=covered >= SignatureCoverageLevel.ENTIRE_REVISION,
            covers_whole_file=covered == SignatureCoverageLevel.ENTIRE_FILE,
            signed_revision_sha256=hashlib.sha256(
                self.revisions.as_signed(embedded)
            ).hexdigest(),
            changes=self.revisions.changes_since(embedded),
        )

    def _validated(self, embedded: EmbeddedPdfSignature) -> AdESBasicValidationResult[Any]:
        if self._has_archive_time_stamp(embedded):
            return asyncio.run(
                ades_lta_validation(
                    embedded, PdfSignatureValidationSpec(self.spec), timing_info=self.timing
                )
            )
        if not self._has_signature_time_stamp(embedded):
            return asyncio.run(
                ades_basic_validation(
                    embedded.signed_data,
                    self.spec,
                    timing_info=self.timing,
                    raw_digest=embedded.compute_digest(),
                )
            )
        return asyncio.run(
            ades_with_time_validation(
                embedded.signed_data,
                self.spec,
                timing_info=self.timing,
                raw_digest=embedded.compute_digest(),
                status_cls=PdfSignatureStatus,
                extra_status_kwargs=embedded.summarise_integrity_info(),
            )
        )

    def _has_archive_time_stamp(self, embedded: EmbeddedPdfSignature) -> bool:
        for _, field in _filled_fields(self.reader):
            value = field.raw_get("/V")
            if value.get_object().get("/Type") != "/DocTimeStamp":
                continue
            if self.reader.xrefs.get_last_change(value.reference) > embedded.signed_revision:
                return True
        return False

    def _has_signature_time_stamp(self, embedded: EmbeddedPdfSignature) -> bool:
        tokens = generic_cms.extract_tst_data_iter(embedded.signer_info, signed=False)
        return next(iter(tokens), None) is not None

    def _format(self, embedded: EmbeddedPdfSignature) -> str:
        if not self._has_signature_time_stamp(embedded):
            return "B-B"
        if "/DSS" not in self.reader.root:
            return "B-T"
        return "B-LTA" if self._has_archive_time_stamp(embedded) else "B-LT"

    def _proven_at(
        self, embedded: EmbeddedPdfSignature, result: AdESBasicValidationResult[Any]
    ) -> str:
        """Say the best signature time, unless it is only the moment of this verification."""
        best = getattr(result, "best_signature_time", None)  # the basic process knows none
        if best is None or best >= self.at:
            return ""
        is_stamped = self._has_signature_time_stamp(embedded)
        return _iso(best) if is_stamped or self._has_archive_time_stamp(embedded) else ""


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _ubi(subject: dict[str, object]) -> str:
    identifier = _text(subject.get("organization_identifier"))
    return identifier.removeprefix("NTRHK-") if identifier.startswith("NTRHK-") else ""


def _policy(certificate: x509.Certificate) -> str:
    policies = certificate.certificate_policies_value
    return "" if not policies else str(policies[0]["policy_identifier"].dotted)


def _commitment(embedded: EmbeddedPdfSignature) -> str:
    for attribute in embedded.signer_info["signed_attrs"]:
        if attribute["type"].native == "commitment_type":
            return str(attribute["values"][0]["commitment_type_id"].dotted)
    return ""
