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
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO, TypeVar

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed, AdESStatus
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
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
    CertificateFetchingRule,
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from signatures.pades.cms import statement_in
from signatures.pades.examination import Finding, gate
from signatures.verification.findings import (
    Changes,
    FilledField,
    Findings,
    SignatureFinding,
    TimeStampFinding,
)
from signatures.verification.loose_bytes import has_loose_bytes
from signatures.verification.visual import Box, Looks

MOST_PAGES = 300
MOST_SIGNATURES = 50
MOST_UNREAD = 20
Item = TypeVar("Item")
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
_LEVELS = {
    ModificationLevel.NONE: "none",
    ModificationLevel.LTA_UPDATES: "long_term",
    ModificationLevel.FORM_FILLING: "form_filling",
    ModificationLevel.ANNOTATIONS: "annotations",
    ModificationLevel.OTHER: "other",
}


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
    return _Verification(file, reader, arguments).findings(fields, is_hybrid=is_hybrid)


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


def _decoded(values: list[str]) -> list[bytes]:
    return [base64.b64decode(value) for value in values]


class _Verification:
    """One file under verification: the file, our trust and what we know, at one moment."""

    def __init__(
        self, file: BinaryIO, reader: PdfFileReader, arguments: dict[str, Any]
    ) -> None:
        self.file = file
        self.reader = reader
        self.unread: list[str] = []
        self.at = datetime.fromisoformat(arguments["at"])
        self.timing = ValidationTimingInfo(
            validation_time=self.at, best_signature_time=self.at, point_in_time_validation=False
        )
        self.known = LocalKnowledge(
            known_ocsps=[
                OCSPContainer(ocsp.OCSPResponse.load(der))
                for der in _decoded(arguments["ocsp_responses"])
            ],
            known_crls=[
                CRLContainer(crl.CertificateList.load(der))
                for der in _decoded(arguments["crls"])
            ],
        )
        policy = CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(
                trust_roots=[x509.Certificate.load(der) for der in _decoded(arguments["roots"])]
            ),
            revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy("require")),
        )
        self.spec = SignatureValidationSpec(
            cert_validation_policy=policy,
            ts_cert_validation_policy=policy,
            # The file chooses every address in it: nothing is fetched, ever.
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
                certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
            ),
            local_knowledge=self._with_security_store(),
            key_usage_settings=KeyUsageConstraints(
                key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False
            ),
        )
        self._now: bytes | None = None
        self._looks: Looks | None = None

    def _with_security_store(self) -> LocalKnowledge:
        """Add the document's own validation data: signed by authorities, so safe to hear."""
        return LocalKnowledge(
            known_ocsps=self.known.known_ocsps + self._stored("/OCSPs", _read_response),
            known_crls=self.known.known_crls + self._stored("/CRLs", _read_list),
            known_certs=self._stored("/Certs", _read_certificate),
        )

    def _stored(self, kind: str, read: Callable[[bytes], Item]) -> list[Item]:
        """Read what the document security store holds of a kind; a bad item spoils itself only.

        What can't be read is told in the findings: it may be why a signature is uncertain.
        """
        if "/DSS" not in self.reader.root:
            return []
        try:
            items = list(self.reader.root["/DSS"].get(kind, ()))
        except Exception as error:  # noqa: BLE001  hostile input raises anything: it is told
            self.unread.append(f"{kind[1:]}: {type(error).__name__}")
            return []
        found = []
        for number, item in enumerate(items, start=1):
            try:
                found.append(read(item.get_object().data))
            except Exception as error:  # noqa: BLE001  as above
                self.unread.append(f"{kind[1:]} {number}: {type(error).__name__}")
        return found

    def findings(
        self, fields: list[tuple[str, generic.DictionaryObject]], *, is_hybrid: bool
    ) -> bytes:
        signatures: list[SignatureFinding] = []
        stamps: list[TimeStampFinding] = []
        byte_ranges: list[list[int]] = []
        for name, field in fields:
            try:
                embedded = EmbeddedPdfSignature(self.reader, field, name)
                byte_ranges.append([int(each) for each in embedded.byte_range])
                if embedded.sig_object_type == "/DocTimeStamp":
                    stamps.append(self._time_stamp(embedded))
                else:
                    signatures.append(self._signature(embedded, fields))
            except Exception as error:  # noqa: BLE001  hostile input raises anything: it is told
                reason = f"{type(error).__name__}: {error}"[:300]
                signatures.append(self._damaged(name, field, reason))
        return Findings(
            is_hybrid=is_hybrid,
            has_loose_bytes=has_loose_bytes(
                self._whole_file(),
                byte_ranges=byte_ranges,
                last_xref=self.reader.last_startxref or 0,
            ),
            page_count=int(self.reader.root["/Pages"].get("/Count", 0)),
            signatures=tuple(signatures),
            time_stamps=tuple(stamps),
            unread_evidence=tuple(self.unread[:MOST_UNREAD]),
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

    def _signature(
        self,
        embedded: EmbeddedPdfSignature,
        fields: list[tuple[str, generic.DictionaryObject]],
    ) -> SignatureFinding:
        embedded.compute_integrity_info()
        certificate = embedded.signer_cert
        subject = certificate.subject.native
        result = self._validated(embedded)
        covered = embedded.evaluate_signature_coverage()
        signed = self._signed_revision(embedded)
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
            signed_revision_sha256=hashlib.sha256(signed).hexdigest(),
            changes=self._changes(embedded, signed, fields),
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

    def _signed_revision(self, embedded: EmbeddedPdfSignature) -> bytes:
        end = int(embedded.byte_range[2]) + int(embedded.byte_range[3])
        self.file.seek(0)
        return self.file.read(end)

    def _whole_file(self) -> bytes:
        if self._now is None:
            self.file.seek(0)
            self._now = self.file.read()
        return self._now

    def _changes(
        self,
        embedded: EmbeddedPdfSignature,
        signed: bytes,
        fields: list[tuple[str, generic.DictionaryObject]],
    ) -> Changes:
        difference: Any = embedded.diff_result  # set by compute_integrity_info
        if len(signed) == len(self._whole_file()):
            return Changes("none")
        if self._looks is None:
            self._looks = Looks(self._whole_file(), self._stamps(fields))
        pages = tuple(self._looks.differing_pages(signed))
        if not isinstance(difference, DiffResult):
            return Changes("other", str(difference)[:300], pages=pages)
        signature_fields = {name for name, _ in _all_signature_fields(self.reader)}
        filled = tuple(
            self._filled(name, embedded)
            for name in sorted(set(difference.changed_form_fields) - signature_fields)
        )
        level = _LEVELS[difference.modification_level]
        if level == "form_filling" and not filled:
            level = "long_term"  # later signatures fill their own fields, as they should
        return Changes(level, filled_fields=filled, pages=pages)

    def _filled(self, name: str, embedded: EmbeddedPdfSignature) -> FilledField:
        then = self.reader.get_historical_resolver(embedded.signed_revision)
        return FilledField(
            name=str(name),
            signed_value=_value_of(then.root, name),
            present_value=_value_of(self.reader.root, name),
        )

    def _stamps(
        self, fields: list[tuple[str, generic.DictionaryObject]]
    ) -> dict[int, list[Box]]:
        """Where signatures are drawn, by page (0 is the first)."""
        boxes: dict[int, list[Box]] = {}
        pages = _page_numbers(self.reader)
        for _, field in fields:
            if "/Rect" not in field:
                continue
            left, bottom, right, top = (float(value) for value in field["/Rect"])
            page = field.get_value_as_reference("/P") if "/P" in field else None
            number = pages.get((page.idnum, page.generation)) if page else None
            if number is not None:
                boxes.setdefault(number, []).append((left, bottom, right, top))
        return boxes


def _read_response(der: bytes) -> OCSPContainer:
    """Parse now what asn1crypto would parse at the first use, in the middle of a validation."""
    container = OCSPContainer(ocsp.OCSPResponse.load(der))
    _ = container.issuance_date
    return container


def _read_list(der: bytes) -> CRLContainer:
    container = CRLContainer(crl.CertificateList.load(der))
    _ = container.issuance_date
    return container


def _read_certificate(der: bytes) -> x509.Certificate:
    certificate = x509.Certificate.load(der)
    _ = certificate.issuer_serial
    return certificate


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
