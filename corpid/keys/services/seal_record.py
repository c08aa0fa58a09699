"""Seal the body of one record under a data key of its own, which can be destroyed alone."""

from dataclasses import dataclass

from django.views.decorators.debug import sensitive_variables

from corpid.keys.envelope import Secret, seal
from corpid.keys.store import key_store


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """Two columns of the record's row. Forgetting `wrapped_data_key` destroys the body."""

    wrapped_data_key: bytes
    body: bytes


@sensitive_variables("plaintext", "data_key")
def seal_record(*, purpose: str, scope_id: str, record: str, plaintext: bytes) -> SealedRecord:
    """`record` says which one: its id, and its version if it has one (`<id>|2`)."""
    data_key = Secret.draw()
    return SealedRecord(
        wrapped_data_key=key_store().wrap(purpose, scope_id, data_key.reveal(), record=record),
        body=seal(data_key, plaintext, purpose, scope_id, record),
    )
