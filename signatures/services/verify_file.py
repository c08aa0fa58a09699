"""What a file is worth: findings from behind the fence, our own knowledge, a verdict."""

import base64
import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from corpid.files.services.open_file import open_file
from corpid.languages import LANGUAGES, in_each_language
from corpid.rendering.fence import JSON, FileUnreadable, Limits, run_fenced
from signatures.models import Certificate
from signatures.services.find_present_certificate import find_present_certificate
from signatures.services.publish_crl import publish_crl
from signatures.services.read_authority import read_authority
from signatures.services.staple_status import staple_status
from signatures.verification.conclude import Authority, conclude
from signatures.verification.findings import Findings, SignatureFinding, read_findings
from signatures.verification.verdict import Verdict

_LIMITS = Limits(cpu_seconds=30, wall_seconds=60)
_TASK = "signatures.verification.inside"


def verify_file(*, digest_hex: str, at: datetime) -> Mapping[str, Any]:
    """Verify a stored file; the verdict comes as JSON, and an unreadable file has one too."""
    with open_file(digest_hex) as file:
        findings = _findings(file, at)
    ours = _our_certificates(findings)
    authorities = {
        each.field: read_authority(finding=each, at=at) for each in findings.signatures
    }
    verdict = conclude(findings, authorities, _recognised(at))
    return _as_json(verdict, findings, authorities, ours)


def _findings(file: BinaryIO, at: datetime) -> Findings:
    try:
        listed = json.loads(run_fenced(task=f"{_TASK}:certificates", file=file, limits=_LIMITS))
        answer = run_fenced(
            task=f"{_TASK}:verify", file=file, arguments=_known(listed, at), limits=_LIMITS
        )
    except FileUnreadable as error:
        return Findings(unreadable=error.code)
    return read_findings(answer)


def _known(listed: list[str], at: datetime) -> dict[str, JSON]:
    """Tell the fence whom we trust, and the present status of what we issued ourselves."""
    roots = Certificate.objects.filter(profile=Certificate.Profile.ROOT)
    responses = []
    for encoded in listed:
        serial_number = x509.load_der_x509_certificate(base64.b64decode(encoded)).serial_number
        certificate = (
            Certificate.objects.filter(serial_number=f"{serial_number:x}")
            .select_related("issuer__key")
            .first()
        )
        is_ours = certificate is not None and bytes(certificate.der) == base64.b64decode(
            encoded
        )
        if certificate and is_ours and certificate.issuer and certificate.shard != "root":
            status = staple_status(certificate=certificate, at=at)
            responses.append(base64.b64encode(status).decode())
    return {
        "roots": [base64.b64encode(bytes(root.der)).decode() for root in roots],
        "ocsp_responses": [*responses],
        "crls": [base64.b64encode(publish_crl(shard="root", at=at)).decode()],
        "at": at.isoformat(),
    }


def _recognised(at: datetime) -> frozenset[str]:
    """Name the issuers of recognised certificates (Cap. 553): ours in the sandbox only."""
    if not settings.OWN_CERTIFICATES_ARE_RECOGNISED:
        return frozenset()
    issuing = find_present_certificate(Certificate.Profile.ISSUING, at=at).as_x509()
    (name,) = issuing.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return frozenset({str(name.value)})


def _our_certificates(findings: Findings) -> dict[str, Certificate]:
    """Find the rows behind the signatures, by field, where the very certificate is ours."""
    found = {}
    for each in findings.signatures:
        row = (
            Certificate.objects.filter(serial_number=each.serial_number)
            .select_related("person", "company__current_name")
            .first()
        )
        if row is not None and _is_same(row, each):
            found[each.field] = row
    return found


def _is_same(row: Certificate, finding: SignatureFinding) -> bool:
    return row.as_x509().public_bytes(Encoding.DER) == base64.b64decode(finding.certificate_der)


def _as_json(
    verdict: Verdict,
    findings: Findings,
    authorities: Mapping[str, Authority],
    ours: Mapping[str, Certificate],
) -> dict[str, Any]:
    signatures = []
    for each in verdict.signatures:
        row = ours.get(each.field)
        written = dataclasses.asdict(each)
        written["level"] = each.level.value
        written["reason"] = each.worst.reason.value
        written["capacity"] = authorities[each.field].capacity
        written["names"] = _names(row, each.signer)
        written["answers"] = [
            {
                "question": int(answer.question),
                "level": answer.level.value,
                "reason": answer.reason.value,
                "evidence": dict(answer.evidence),
            }
            for answer in each.answers
        ]
        signatures.append(written)
    facts = dict(verdict.facts)
    if signatures:
        persons = [each for each in signatures if not each["is_seal"]] or signatures
        facts["signer_names"] = [each["names"] for each in persons]
        company = next((row.company for row in ours.values() if row.company), None)
        facts["company_names"] = _company_names(company, facts.get("company", ""))
    return {
        "level": verdict.level.value,
        "reason": verdict.reason.value,
        "facts": facts,
        "page_count": findings.page_count,
        "signatures": signatures,
        "time_stamps": [dataclasses.asdict(each) for each in findings.time_stamps],
    }


def _names(row: Certificate | None, written: str) -> dict[str, str]:
    """Give the signer's name by language: the person's where it is ours, else as certified."""
    if row is not None and row.person is not None:
        return in_each_language(row.person.name_in)
    if row is not None and row.company is not None:
        return _company_names(row.company, written)
    return dict.fromkeys(LANGUAGES, written)


def _company_names(company: Any, written: str) -> dict[str, str]:
    if company is None or company.current_name is None:
        return dict.fromkeys(LANGUAGES, written)
    return in_each_language(company.name_in)
