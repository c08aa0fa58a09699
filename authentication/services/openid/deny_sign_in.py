"""The person says no: the request is used up, and the e-service learns no more than that."""

from datetime import datetime

from django.db import transaction

from authentication.models import Person
from authentication.services.openid.open_request import OpenedRequest
from authentication.services.openid.use_up_request import use_up_request
from corpid.audit.services.record_event import record_event


@transaction.atomic
def deny_sign_in(*, opened: OpenedRequest, person: Person | None, at: datetime) -> None:
    """`person` is None where the request itself could not be met. Raises SignInLinkEnded."""
    use_up_request(pushed=opened.pushed, at=at)
    record_event(
        kind="authentication.sign_in.denied",
        at=at,
        actor="system" if person is None else f"person:{person.id}",
        subject=f"e-service:{opened.client.client_id}",
    )
