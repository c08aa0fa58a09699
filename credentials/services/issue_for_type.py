"""Issue by the name of a type, as the API does."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from authentication.models import EService
from credentials.models import Credential, CredentialType
from credentials.services.issue_credential import TypeNotYours, issue_credential


@transaction.atomic
def issue_for_type(
    *,
    issuer: EService,
    type_slug: str,
    ubi: str,
    claims: Mapping[str, Any],
    premises: Mapping[str, str] | None,
    valid_from: datetime,
    expires_at: datetime,
    external_ref: str,
    at: datetime,
) -> Credential:
    """Raise TypeNotYours for a type that is unknown just as for another issuer's."""
    credential_type = CredentialType.objects.filter(slug=type_slug).first()
    if credential_type is None:
        raise TypeNotYours(type_slug)
    return issue_credential(
        issuer=issuer,
        credential_type=credential_type,
        ubi=ubi,
        claims=claims,
        premises=premises,
        valid_from=valid_from,
        expires_at=expires_at,
        external_ref=external_ref,
        at=at,
    )
