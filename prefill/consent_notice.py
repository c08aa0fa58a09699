"""What a company is shown before it answers, as one value: everybody agrees to the same text.

Two people who see it in one language see it with the same digest; the answer carries the
digest back, so that nobody agrees to a text that has changed since.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from prefill.field_result import canonical

VERSION = (
    "2026-11"  # of the sentences around these facts, in templates/prefill/new_consent.html
)


@dataclass(frozen=True, slots=True)
class NoticeItem:
    key: str
    version: int
    label: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class ConsentNotice:
    request: str
    language: str
    e_service: str
    company_ubi: str
    company_name: str
    purpose: str
    legal_basis: str
    keeping: str
    retention_days: int
    retention: str
    items: Sequence[NoticeItem]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(
            canonical(
                {
                    "version": VERSION,
                    "request": self.request,
                    "language": self.language,
                    "e_service": self.e_service,
                    "company": [self.company_ubi, self.company_name],
                    "purpose": self.purpose,
                    "legal_basis": self.legal_basis,
                    "keeping": self.keeping,
                    "retention": [self.retention_days, self.retention],
                    "items": [
                        [item.key, item.version, item.label, item.is_required]
                        for item in self.items
                    ],
                }
            )
        ).hexdigest()
