"""Open the secrets of an endpoint, for the worker that signs."""

from datetime import datetime

from corpid.keys.store import key_store
from corpid.notices.models import WebhookEndpoint
from corpid.notices.services.keep_secret import WRAPPED_AS


def open_secrets(*, endpoint: WebhookEndpoint, at: datetime) -> list[bytes]:
    """Open those in force, the newest first."""
    return [
        key_store().unwrap(
            WRAPPED_AS, str(endpoint.e_service_id), bytes(row.wrapped), record=str(row.id)
        )
        for row in endpoint.secrets.in_force(at=at)
    ]
