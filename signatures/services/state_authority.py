"""The statement of authority that each signature carries: who, for whom, under which rule.

A compact JWS that anybody can check with our published keys, long after the mandate or office
has ended: it says what was true when it was signed.
"""

import hashlib
from datetime import datetime
from typing import Any

from django.conf import settings

from authentication.joint_policy import Progress
from authentication.models import Vote
from corpid.keys.jws import sign_jwt
from corpid.keys.models import Purpose
from signatures.models import Certificate, Document, SignatureRequest
from signatures.powers import SIGN

STATEMENT_TYPE = "corpid-authority+jwt"


def state_authority(
    *,
    request: SignatureRequest,
    document: Document,
    certificate: Certificate,
    progress: Progress,
    at: datetime,
    vote: Vote | None = None,
) -> str:
    """Sign the statement; without a vote it is about the company's seal.

    It is bound to one certificate by its digest, so it can't be moved to another signature.
    """
    company = request.company
    claims: dict[str, Any] = {
        "iss": settings.BASE_URL,
        "iat": int(at.timestamp()),
        "request": request.reference,
        "document_sha256": document.original_digest,
        "certificate_sha256": hashlib.sha256(bytes(certificate.der)).hexdigest(),
        "ubi": company.ubi,
        "company": str(company.current_name),
        "kind": company.kind,
        "document_class": request.document_class,
        "rule": {"written": request.approval.rule if request.approval else {}}
        | {"needed": progress.needed, "have": progress.have},
        "register_at": at.isoformat(),
    }
    if vote is not None:
        claims |= {
            "person": vote.person_id.hex,
            "capacity": vote.capacity,
            "powers": [SIGN],
            "approved_at": vote.cast_at.isoformat(),
        }
    return sign_jwt(
        purpose=Purpose.AUTHORITY, header={"typ": STATEMENT_TYPE}, claims=claims, at=at
    )
