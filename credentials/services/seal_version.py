"""Keep what was issued sealed, one data key for each version."""

from datetime import datetime

from django.db import transaction

from corpid.keys.services.open_record import open_record
from corpid.keys.services.seal_record import SealedRecord, seal_record
from credentials.models import Credential, CredentialVersion

PURPOSE = "credential"


def _record(credential: Credential, number: int) -> str:
    return f"{credential.id}|{number}"


@transaction.atomic
def seal_version(
    *, credential: Credential, body: bytes, seal_scope: str, at: datetime
) -> CredentialVersion:
    """Seal the body of the credential's present version number."""
    number = credential.current_version
    sealed = seal_record(
        purpose=PURPOSE,
        scope_id=seal_scope,
        record=_record(credential, number),
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


def open_version(version: CredentialVersion) -> bytes:
    """Open a version for its company, credential and number alone. Raises SealBroken."""
    return open_record(
        purpose=PURPOSE,
        scope_id=version.seal_scope,
        record=_record(version.credential, version.number),
        sealed=SealedRecord(
            wrapped_data_key=bytes(version.wrapped_data_key), body=bytes(version.body)
        ),
    )
