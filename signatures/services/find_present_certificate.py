"""The newest certificate in force of one of our authorities."""

from datetime import datetime

from corpid.errors import NotAvailable, gettext_noop
from signatures.models import Certificate


class AuthorityNotEstablished(NotAvailable):
    code = "authority_not_established"
    title = gettext_noop("Our certification authority is not ready yet.")
    remedy = gettext_noop("Try again in a minute. If it stays so, tell our help desk.")


def find_present_certificate(profile: Certificate.Profile, *, at: datetime) -> Certificate:
    """Find the newest certificate in force of an authority. Raises AuthorityNotEstablished."""
    found = (
        Certificate.objects.in_force(at=at)
        .filter(profile=profile, company=None)
        .select_related("key", "issuer")
        .order_by("-not_before", "-id")
        .first()
    )
    if found is None:
        raise AuthorityNotEstablished(profile)
    return found
