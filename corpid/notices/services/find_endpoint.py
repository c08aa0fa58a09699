"""Find a webhook endpoint of an e-service; another's is not there."""

from uuid import UUID

from corpid.errors import Conflict, NotFound, gettext_noop
from corpid.notices.models import WebhookEndpoint


class EndpointNotFound(NotFound):
    code = "webhook_endpoint_not_found"
    title = gettext_noop("You have no webhook endpoint with this id.")
    remedy = gettext_noop("List your endpoints and take an id from there.")


class EndpointSwitchedOff(Conflict):
    code = "webhook_endpoint_switched_off"
    title = gettext_noop("This webhook endpoint is switched off.")
    remedy = gettext_noop("Switch it on again first, once it is ready to receive.")


def find_endpoint(
    *, e_service_id: UUID, endpoint_id: str, to_change: bool = False, in_use: bool = False
) -> WebhookEndpoint:
    """Lock it `to_change` it. Raises EndpointNotFound, EndpointSwitchedOff."""
    endpoints = WebhookEndpoint.objects.filter(e_service_id=e_service_id, id=endpoint_id)
    if to_change:
        endpoints = endpoints.select_for_update()
    endpoint = endpoints.first()
    if endpoint is None:
        raise EndpointNotFound
    if in_use and not endpoint.is_in_use:
        raise EndpointSwitchedOff(endpoint.switched_off)
    return endpoint
