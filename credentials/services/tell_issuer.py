"""Tell an issuer what became of a credential of its own."""

from datetime import datetime

from corpid.notices.services.tell_e_service import tell_e_service
from credentials.models import Credential


def tell_issuer(*, what: str, credential: Credential, at: datetime) -> None:
    """Let `what` end the type of the event: `landed`, `suspended`, `resumed`, `revoked`."""
    tell_e_service(
        e_service_id=credential.issuer_id,
        type=f"credential.{what}",
        data={
            "id": credential.id,
            "type": credential.type.slug,
            "state": str(credential.state),
        },
        at=at,
    )
