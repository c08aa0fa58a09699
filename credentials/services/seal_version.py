"""Keep what was issued sealed, one data key for each version."""

from datetime import datetime

from django.db import transaction

from corpid.keys.services.seal_record import seal_record
from credentials.models import Credential, CredentialVersion
from credentials.models.credential import CREDENTIAL_BODY


@transaction.atomic
def seal_version(
    *, credential: Credential, body: bytes, seal_scope: str, at: datetime
) -> CredentialVersion:
    """Seal the body of the credential's present version number."""
    number = credential.current_version
    sealed = seal_record(
        purpose=CREDENTIAL_BODY,
        scope_id=seal_scope,
        record=credential.record_name(number),
        plaintext=body,
    )
    return CredentialVersion.objects.create(
        credential=credential,
        number=number,
        seal_scope=seal_scope,
        wrapped_data_key=sealed.wrapped_data_key,
        body=sealed.body,
        made_at=at,
    )
