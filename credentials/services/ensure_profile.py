"""Give an e-service its key and certificate for one use, making them at the first need."""

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection, transaction

from authentication.models import EService
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.services.create_key import create_key
from credentials.models import IssuerProfile
from credentials.services.certify_key import certify_key
from signatures.models import Certificate
from signatures.services.issue_certificate import LIFETIME

RENEWED_BEFORE = timedelta(days=30)

_PURPOSE = {
    IssuerProfile.Use.ISSUER: Purpose.ISSUER,
    IssuerProfile.Use.STATUS_LIST: Purpose.STATUS_LIST,
    IssuerProfile.Use.VERIFIER: Purpose.VERIFIER,
}


@transaction.atomic
def ensure_profile(
    *,
    e_service: EService,
    use: IssuerProfile.Use,
    at: datetime,
    outlives: datetime | None = None,
) -> IssuerProfile:
    """Return the profile in use; one whose certificate ends too early is followed by another.

    `outlives` is the end of what shall be signed: a certificate should still be valid then, or
    as long as a new one would be. What was signed before keeps its certificate.
    """
    longest = at + LIFETIME[Certificate.Profile.E_SERVICE] - RENEWED_BEFORE
    needed = min(max(at + RENEWED_BEFORE, outlives or at), longest)
    present = _present(e_service, use)
    if present is not None and present.valid_until > needed:
        return present
    with connection.cursor() as cursor:  # one follows, however many ask for it at once
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"credentials.profile {e_service.id} {use}"],
        )
    present = _present(e_service, use)
    if present is not None and present.valid_until > needed:
        return present
    if present is not None:
        IssuerProfile.objects.filter(id=present.id).update(retired_at=at)
    key = _key(e_service, use, at)
    chain = certify_key(key=key, e_service=e_service, at=at)
    return IssuerProfile.objects.create(
        e_service=e_service,
        use=use,
        key_id=key.id,
        chain=[certificate.public_bytes(Encoding.DER) for certificate in chain],
        valid_until=min(certificate.not_valid_after_utc for certificate in chain),
        created_at=at,
    )


def _present(e_service: EService, use: IssuerProfile.Use) -> IssuerProfile | None:
    return IssuerProfile.objects.filter(e_service=e_service, use=use, retired_at=None).first()


def _key(e_service: EService, use: IssuerProfile.Use, at: datetime) -> SigningKey:
    scope_id = str(e_service.id)
    purpose = _PURPOSE[use]
    found = SigningKey.objects.filter(
        purpose=purpose, scope_id=scope_id, state=SigningKey.State.ACTIVE
    ).first()
    return found or create_key(
        purpose=purpose, algorithm=Algorithm.ES256, at=at, scope_id=scope_id
    )
