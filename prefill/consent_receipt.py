"""The receipt of a consent: what was agreed, to whom, for what, until when.

The members are those of ISO/IEC TS 27560:2023, clause 6, without a claim of conformity: that
document is about persons, and here a company consents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ReceiptItem:
    key: str
    version: int
    is_required: bool
    is_granted: bool


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    reference: str
    request: str
    company_ubi: str
    capacity: str
    client_id: str
    e_service_name: str
    purpose: str
    legal_basis: str
    retention_days: int
    notice_version: str
    notice_sha256: str
    language: str
    decided_at: datetime
    expires_at: datetime
    max_uses: int
    items: Sequence[ReceiptItem]


def receipt_claims(facts: ConsentFacts, *, issuer: str, withdraw_at: str) -> dict[str, Any]:
    """Write the claims of the receipt's JWT (typ `consent-receipt+jwt`)."""
    return {
        "iss": issuer,
        "aud": facts.client_id,
        "iat": int(facts.decided_at.timestamp()),
        "jti": facts.reference,
        "request": facts.request,
        "record": {
            "record_id": facts.reference,
            "pii_principal": {"ubi": facts.company_ubi, "acting_capacity": facts.capacity},
        },
        "pii_processing": {
            "privacy_notice": {
                "version": facts.notice_version,
                "language": facts.language,
                "sha256": facts.notice_sha256,
            },
            "purpose": facts.purpose,
            "legal_basis": facts.legal_basis,
            "pii_controller": {"client_id": facts.client_id, "name": facts.e_service_name},
            "storage_days": facts.retention_days,
            "max_uses": facts.max_uses,
            "withdrawal_method": withdraw_at,
            "pii_information": [
                {
                    "item": item.key,
                    "version": item.version,
                    "required": item.is_required,
                    "granted": item.is_granted,
                }
                for item in facts.items
            ],
        },
        "event": {
            "event_type": "given",
            "event_time": facts.decided_at.isoformat(),
            "valid_until": facts.expires_at.isoformat(),
        },
    }
