"""Open what `seal_record` sealed."""

from django.views.decorators.debug import sensitive_variables

from corpid.keys.envelope import Secret, open_seal
from corpid.keys.services.seal_record import SealedRecord
from corpid.keys.store import key_store


@sensitive_variables("data_key")
def open_record(*, purpose: str, scope_id: str, record: str, sealed: SealedRecord) -> bytes:
    """Raise SealBroken unless the three names are those it was sealed for."""
    data_key = Secret(
        key_store().unwrap(purpose, scope_id, bytes(sealed.wrapped_data_key), record=record)
    )
    return open_seal(data_key, bytes(sealed.body), purpose, scope_id, record)
