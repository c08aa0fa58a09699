"""Look up a credential as its issuer."""

from authentication.models import EService
from credentials.models import Credential
from credentials.services.change_status import CredentialNotFound


def find_issued(*, issuer: EService, credential_id: str) -> Credential:
    """Raise CredentialNotFound for another issuer's."""
    found = (
        Credential.objects.filter(id=credential_id, issuer=issuer)
        .select_related("type")
        .first()
    )
    if found is None:
        raise CredentialNotFound(credential_id)
    return found
