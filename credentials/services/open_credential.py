"""Open a credential of the wallet."""

from credentials.models import Credential
from credentials.services.open_present import OpenedCredential, open_present


def open_credential(credential: Credential) -> OpenedCredential:
    return open_present(credential.versions.get(superseded_at=None))
