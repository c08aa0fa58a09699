"""Re-key an e-service for one use: another key and certificate for what it signs next."""

from datetime import datetime

from django.db import transaction

from corpid.keys.models import Purpose, SigningKey
from corpid.keys.scope_lock import lock_scope
from corpid.keys.services.retire_key import retire_key
from credentials.models import IssuerProfile
from credentials.services.ensure_profile import ensure_profile
from signatures.models import Certificate
from signatures.services.revoke_certificate import revoke_certificate


@transaction.atomic
def replace_issuer_key(
    *, key: SigningKey, is_compromised: bool, actor: str, at: datetime
) -> None:
    """Retire it and give its e-service another; done before, it changes nothing.

    The certificate is revoked only if the key is compromised: it vouches for every licence that
    the key has signed, and companies hold those for years.
    """
    lock_scope(Purpose(key.purpose), key.scope_id)
    key = SigningKey.objects.select_for_update().get(id=key.id)
    if key.state == SigningKey.State.RETIRED:
        return
    in_doubt_since = key.suspended_at
    retire_key(key=key, at=at)
    SigningKey.objects.filter(id=key.id).update(suspended_at=None)
    if is_compromised:
        for certificate in Certificate.objects.in_force(at=at).filter(key=key):
            revoke_certificate(
                certificate=certificate,
                reason=Certificate.Reason.KEY_COMPROMISE,
                actor=actor,
                at=at,
                since=in_doubt_since,
            )
    for profile in IssuerProfile.objects.filter(key_id=key.id, retired_at=None):
        IssuerProfile.objects.filter(id=profile.id).update(retired_at=at)
        use = IssuerProfile.Use(profile.use)
        ensure_profile(e_service=profile.e_service, use=use, at=at)
