"""A caseworker lets a type of credential be issued."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from credentials.models import CredentialType


class TypeNotSubmitted(Conflict):
    code = "credential_type_not_submitted"
    title = gettext_noop("Only a submitted type of credential can be approved.")
    remedy = gettext_noop("There is nothing to do if it is approved already.")


@transaction.atomic
def approve_credential_type(
    *, credential_type: CredentialType, actor: str, at: datetime
) -> None:
    changed = CredentialType.objects.filter(
        id=credential_type.id, status=CredentialType.Status.SUBMITTED
    ).update(status=CredentialType.Status.APPROVED, approved_at=at)
    if not changed:
        raise TypeNotSubmitted(credential_type.slug)
    credential_type.refresh_from_db()
    record_event(
        kind="credentials.type.approved",
        at=at,
        actor=actor,
        subject=f"credential-type:{credential_type.slug}",
        facts={"version": credential_type.version},
    )
