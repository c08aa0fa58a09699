"""Put what was held for a company into its wallet, once it uses Corp ID."""

from datetime import datetime

import orjson
from django.db import transaction

from authentication.models import Company
from credentials.models import AccessLog, Credential, CredentialState, CredentialVersion
from credentials.services.land_credential import land_credential
from credentials.services.open_version import open_version


@transaction.atomic
def claim_held_credentials(*, company: Company, at: datetime) -> list[Credential]:
    """Sign each for the wallet; what expired meanwhile stays where it is."""
    held = list(
        Credential.objects.select_for_update(of=("self",))
        .filter(holder_ubi=company.ubi, state=CredentialState.HELD, expires_at__gt=at)
        .select_related("type", "issuer")
        .order_by("created_at")
    )
    for credential in held:
        version = credential.versions.get(superseded_at=None)
        body = orjson.loads(open_version(version))
        CredentialVersion.objects.filter(id=version.id).update(superseded_at=at)
        credential.current_version += 1
        land_credential(
            credential=credential,
            company=company,
            claims=body["claims"],
            premises=body["premises"],
            at=at,
        )
        AccessLog.objects.create(
            credential=credential, kind=AccessLog.Kind.CLAIMED, at=at, actor="system"
        )
    return held
