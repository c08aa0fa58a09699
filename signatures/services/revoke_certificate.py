"""Take a certificate out of force; OCSP and CRL say so from then on."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from signatures.models import Certificate


class RevokedAlready(Conflict):
    code = "certificate_revoked_already"
    title = gettext_noop("The certificate is revoked already.")
    remedy = gettext_noop("There is nothing more to do.")


@transaction.atomic
def revoke_certificate(
    *,
    certificate: Certificate,
    reason: Certificate.Reason,
    actor: str,
    at: datetime,
    since: datetime | None = None,
) -> None:
    """Revoke for good. Raises RevokedAlready.

    `since` is an earlier moment from which it was in doubt: one that was on hold counts as
    revoked from then on (RFC 5280, section 5.3.1).
    """
    revoked = Certificate.objects.filter(pk=certificate.pk, revoked_at=None).update(
        revoked_at=since or at, revocation_reason=reason
    )
    if not revoked:
        raise RevokedAlready(certificate.serial_number)
    record_event(
        kind="signatures.certificate.revoked",
        at=at,
        actor=actor,
        subject=f"certificate:{certificate.serial_number}",
        company_id=certificate.company_id,
        facts={"reason": reason.value},
    )
