"""An issuer suspends, resumes or revokes what it issued."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction

from authentication.models import EService
from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, NotFound, gettext_noop
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from corpid.protocols.status_list import Status
from corpid.status.services.set_status import set_status
from credentials.models import AccessLog, Credential, CredentialState
from credentials.services.tell_company import STATUS_CHANGED, tell_company
from credentials.services.tell_issuer import tell_issuer


class Change(StrEnum):
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"


class CredentialNotFound(NotFound):
    code = "credential_not_found"
    title = gettext_noop("There is no such credential of yours.")
    remedy = gettext_noop("Check its id; another issuer's credentials are not shown.")


class StatusDoesNotAllow(Conflict):
    code = "credential_status_does_not_allow"
    title = gettext_noop("The credential's present status does not allow this.")
    remedy = gettext_noop("Fetch the credential and see its status; a revocation is final.")


_FROM: dict[Change, tuple[CredentialState, ...]] = {
    Change.SUSPEND: (CredentialState.VALID,),
    Change.RESUME: (CredentialState.SUSPENDED,),
    Change.REVOKE: (
        CredentialState.VALID,
        CredentialState.SUSPENDED,
        CredentialState.HELD,
    ),
}
_TO = {
    Change.SUSPEND: CredentialState.SUSPENDED,
    Change.RESUME: CredentialState.VALID,
    Change.REVOKE: CredentialState.REVOKED,
}
_STATUS = {
    CredentialState.SUSPENDED: Status.SUSPENDED,
    CredentialState.VALID: Status.VALID,
    CredentialState.REVOKED: Status.INVALID,
}
_TOLD = {Change.SUSPEND: "suspended", Change.RESUME: "resumed", Change.REVOKE: "revoked"}
_LOGGED = {
    Change.SUSPEND: AccessLog.Kind.SUSPENDED,
    Change.RESUME: AccessLog.Kind.RESUMED,
    Change.REVOKE: AccessLog.Kind.REVOKED,
}


@transaction.atomic
def change_status(
    *,
    issuer: EService,
    credential_id: str,
    change: Change,
    reason: str,
    at: datetime,
    is_urgent: bool = False,
) -> Credential:
    """Change it here at once, in the published list within a minute (urgent: at once).

    Raises CredentialNotFound for another issuer's, StatusDoesNotAllow, and IssuingSwitchedOff
    for one that would be valid again.
    """
    if change == Change.RESUME:
        require_function(SwitchedFunction.ISSUING)
    mine = Credential.objects.filter(id=credential_id, issuer=issuer)
    if not mine.exists():
        raise CredentialNotFound(credential_id)
    changed = mine.filter(state__in=_FROM[change]).update(state=_TO[change], changed_at=at)
    credential = mine.select_related("type", "issuer", "company").get()
    if not changed:
        raise StatusDoesNotAllow(f"{change} while {credential.state}")
    if credential.status_index is not None:
        set_status(
            list_id=credential.status_list_id,
            index=credential.status_index,
            status=_STATUS[_TO[change]],
            at=at,
            is_urgent=is_urgent,
        )
        if credential.company is not None:  # what was only held was never in a wallet
            tell_company(
                kind=STATUS_CHANGED, credential=credential, company=credential.company, at=at
            )
    actor = f"e-service:{issuer.client_id}"
    AccessLog.objects.create(
        credential=credential, kind=_LOGGED[change], at=at, actor=actor, detail=reason[:300]
    )
    tell_issuer(what=_TOLD[change], credential=credential, at=at)
    record_event(
        kind=f"credentials.credential.{_TO[change]}",
        at=at,
        actor=actor,
        subject=f"credential:{credential.id}",
        company_id=credential.company_id,
        facts={"change": change.value, "is_urgent": is_urgent},
        personal={"reason": reason},
    )
    return credential
