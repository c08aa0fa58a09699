"""Open what was issued, as it was sealed."""

from corpid.keys.services.open_record import open_record
from corpid.keys.services.seal_record import SealedRecord
from credentials.models import CredentialVersion
from credentials.models.credential import CREDENTIAL_BODY


def open_version(version: CredentialVersion) -> bytes:
    """Open a version for its company, credential and number alone. Raises SealBroken."""
    return open_record(
        purpose=CREDENTIAL_BODY,
        scope_id=version.seal_scope,
        record=version.credential.record_name(version.number),
        sealed=SealedRecord(
            wrapped_data_key=bytes(version.wrapped_data_key), body=bytes(version.body)
        ),
    )
