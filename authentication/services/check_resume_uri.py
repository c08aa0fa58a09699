"""Where an e-service may let us send a browser back to, when a person is done."""

from django.conf import settings

from authentication.models import EService
from authentication.oidc.redirect_uri import shares_origin
from corpid.errors import Invalid, gettext_noop


class ResumeUriNotRegistered(Invalid):
    code = "resume_uri_not_registered"
    title = gettext_noop("The address to return to does not belong to your e-service.")
    remedy = gettext_noop("Use an address on the host of one of your registered redirect URIs.")


def check_resume_uri(*, e_service: EService | None, resume_uri: str) -> None:
    """Return only to where its logins return, too; without an e-service, nowhere.

    Raises ResumeUriNotRegistered.
    """
    registered = e_service.redirect_uris if e_service else []
    if not shares_origin(resume_uri, registered=registered, any_loopback_port=settings.SANDBOX):
        raise ResumeUriNotRegistered(resume_uri)
