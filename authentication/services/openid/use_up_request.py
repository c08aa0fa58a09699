"""A pushed request is answered once, with yes or with no."""

from datetime import datetime

from authentication.models import PushedRequest
from authentication.services.openid.open_request import SignInLinkEnded


def use_up_request(*, pushed: PushedRequest, at: datetime) -> None:
    """Let one of two tabs answer. Raises SignInLinkEnded."""
    if not PushedRequest.objects.filter(id=pushed.id, used_at=None).update(used_at=at):
        raise SignInLinkEnded("answered meanwhile")
