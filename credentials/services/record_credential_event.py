"""Write the audit event of a credential's beginning."""

from datetime import datetime

from corpid.audit.services.record_event import record_event
from credentials.models import Credential


def record_credential_event(*, kind: str, credential: Credential, at: datetime) -> None:
    record_event(
        kind=kind,
        at=at,
        actor=f"e-service:{credential.issuer.client_id}",
        subject=f"credential:{credential.id}",
        company_id=credential.company_id,
        facts={
            "type": credential.type.slug,
            "holder": credential.holder_ubi,
            "version": credential.current_version,
            "expires_at": credential.expires_at.isoformat(),
        },
    )
