"""One verification by its unguessable reference: the link is the right to see it."""

from corpid.errors import NotFound, gettext_noop
from signatures.models import Verification


class NoSuchVerification(NotFound):
    code = "no_such_verification"
    title = gettext_noop("This result is gone, or never was.")
    remedy = gettext_noop("Upload the file again to have it checked.")


def find_verification(*, reference: str) -> Verification:
    found = Verification.objects.filter(reference=reference).first()
    if found is None:
        raise NoSuchVerification(reference)
    return found
