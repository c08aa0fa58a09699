"""Draw a secret for an endpoint and keep it wrapped; whoever asked sees it this once."""

from datetime import datetime

from django.views.decorators.debug import sensitive_variables

from corpid.keys.store import key_store
from corpid.notices.models import WebhookEndpoint, WebhookSecret
from corpid.protocols.standard_webhooks import draw_secret, write_secret

WRAPPED_AS = "webhook"


@sensitive_variables("secret")
def keep_secret(*, endpoint: WebhookEndpoint, at: datetime) -> str:
    """Return it as it is shown, `whsec_…`."""
    secret = draw_secret()
    row = WebhookSecret(endpoint=endpoint, created_at=at)
    row.wrapped = key_store().wrap(
        WRAPPED_AS, str(endpoint.e_service_id), secret, record=str(row.id)
    )
    row.save(force_insert=True)
    return write_secret(secret)
