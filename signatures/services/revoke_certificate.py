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
    *, certificate: Certificate, reason: Certificate.Reason, actor: str, at: datetime
) -> None:
    """Revoke for good. Raises RevokedAlready."""
    revoked = Certificate.objects.filter(pk=certificate.pk, revoked_at=None).update(
        revoked_at=at, revocation_reason=reason
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
