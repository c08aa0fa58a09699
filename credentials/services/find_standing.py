"""How a credential stands now: in force, ended, or something in between."""

from datetime import datetime, timedelta
from enum import StrEnum

from credentials.models import Credential, CredentialState

SOON = timedelta(days=90)


class Standing(StrEnum):
    """What a card says of itself; the worst of its states wins."""

    IN_FORCE = "in_force"
    ENDS_SOON = "ends_soon"
    NOT_YET = "not_yet"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"


def find_standing(credential: Credential, *, at: datetime) -> Standing:
    if credential.state == CredentialState.REVOKED:
        return Standing.REVOKED
    if credential.is_expired(at=at):
        return Standing.EXPIRED
    if credential.state == CredentialState.SUSPENDED:
        return Standing.SUSPENDED
    if at < credential.valid_from:
        return Standing.NOT_YET
    return Standing.ENDS_SOON if credential.expires_at - at <= SOON else Standing.IN_FORCE
