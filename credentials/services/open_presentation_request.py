"""A verifier asks for a presentation through us."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from authentication.models import EService
from corpid.audit.services.record_event import record_event
from credentials.dcql import read_query
from credentials.models import IssuerProfile, PresentationRequest
from credentials.openid4vp import client_id_by_hash
from credentials.services.ensure_profile import ensure_profile

LIFETIME = timedelta(minutes=15)
NONCE_BYTES = 24  # 192 bits


@transaction.atomic
def open_presentation_request(
    *,
    e_service: EService,
    query: Mapping[str, Any],
    purpose: str,
    at: datetime,
    lifetime: timedelta = LIFETIME,
) -> PresentationRequest:
    """Keep the question; a wallet fetches it signed. Raises QueryMalformed."""
    read_query(query)
    profile = ensure_profile(e_service=e_service, use=IssuerProfile.Use.VERIFIER, at=at)
    request = PresentationRequest.objects.create(
        e_service=e_service,
        purpose=purpose,
        query=query,
        client_id=client_id_by_hash(profile.fingerprint),
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        state_parameter=secrets.token_urlsafe(NONCE_BYTES),
        created_at=at,
        expires_at=at + lifetime,
    )
    record_event(
        kind="credentials.presentation.asked",
        at=at,
        actor=f"e-service:{e_service.client_id}",
        subject=f"presentation-request:{request.id}",
        facts={"query": dict(query)},
    )
    return request
