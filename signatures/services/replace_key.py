"""Re-key one holder: another key, another certificate, the old one revoked."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.scope_lock import lock_scope
from corpid.keys.services.create_key import create_key
from corpid.keys.services.retire_key import retire_key
from signatures.models import Certificate
from signatures.services.certify_authority import certify_authority
from signatures.services.ensure_certificate import ensure_certificate
from signatures.services.revoke_certificate import revoke_certificate

_AUTHORITIES = {Certificate.Profile.TSA, Certificate.Profile.OCSP}


@transaction.atomic
def replace_key(*, key: SigningKey, is_compromised: bool, actor: str, at: datetime) -> None:
    """Replace it for whoever has a certificate in force; what was signed before stays good.

    A holder without one gets a key when they sign next. Done before, it changes nothing. The
    certificate of an authority is revoked only if its key is compromised: what it answered for
    would be in doubt with it, and a retired key answers for nothing more (RFC 3161, section 4).
    """
    purpose = Purpose(key.purpose)
    lock_scope(purpose, key.scope_id)
    key = SigningKey.objects.select_for_update().get(id=key.id)
    if key.state == SigningKey.State.RETIRED:
        return
    retire_key(key=key, at=at)
    SigningKey.objects.filter(id=key.id).update(suspended_at=None)
    held = list(Certificate.objects.in_force(at=at).filter(key=key).order_by("-not_before"))
    reason = (
        Certificate.Reason.KEY_COMPROMISE if is_compromised else Certificate.Reason.SUPERSEDED
    )
    for certificate in held:
        if is_compromised or certificate.profile not in _AUTHORITIES:
            revoke_certificate(
                certificate=certificate,
                reason=reason,
                actor=actor,
                at=at,
                since=key.suspended_at,
            )
    if not held:
        return
    create_key(
        purpose=purpose,
        algorithm=Algorithm(settings.CERTIFICATE_KEY_ALGORITHM),
        at=at,
        scope_id=key.scope_id,
        wrapping_scope=key.wrapping_scope,
    )
    _certify(held[0], at)


def _certify(replaced: Certificate, at: datetime) -> None:
    profile = Certificate.Profile(replaced.profile)
    if profile in _AUTHORITIES:
        certify_authority(profile=profile, at=at)
    else:
        assert replaced.company is not None  # noqa: S101  a constraint: it names its company
        ensure_certificate(company=replaced.company, person=replaced.person, at=at)
