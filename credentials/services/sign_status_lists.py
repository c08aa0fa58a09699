"""Say who signs the status lists of our issuers; corpid.status asks."""

from datetime import datetime
from functools import partial

from authentication.models import EService
from corpid.keys.store import key_store
from corpid.status.signing import ListSigner
from credentials.models import IssuerProfile
from credentials.services.ensure_profile import ensure_profile


def sign_status_lists(*, name: str, at: datetime) -> ListSigner:
    """Find the signer of the lists of the e-service with this slug."""
    issuer = EService.objects.get(slug=name)
    profile = ensure_profile(e_service=issuer, use=IssuerProfile.Use.STATUS_LIST, at=at)
    return ListSigner(profile.x5c, partial(key_store().sign, profile.key_id))
