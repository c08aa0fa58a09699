"""Hand a verifier's question to a wallet, signed as the verifier."""

from datetime import datetime
from functools import partial

from corpid.errors import Gone, NotFound, gettext_noop
from corpid.keys.store import key_store
from credentials.models import IssuerProfile, PresentationRequest
from credentials.openid4vp import VerifierIdentity, client_id_by_hash, sign_request


class RequestNotFound(NotFound):
    code = "presentation_request_not_found"
    title = gettext_noop("There is no such request to show a credential.")
    remedy = gettext_noop("Check the link, or ask for a new one.")


class RequestOver(Gone):
    code = "presentation_request_over"
    title = gettext_noop("This request to show a credential is over.")
    remedy = gettext_noop("Ask whoever wants to see the credential for a new one.")


def serve_presentation_request(
    *, request_id: str, at: datetime, wallet_nonce: str | None = None
) -> str:
    """Sign the request object. Raises RequestNotFound, RequestOver."""
    request = (
        PresentationRequest.objects.filter(id=request_id).select_related("e_service").first()
    )
    if request is None:
        raise RequestNotFound(request_id)
    if not request.is_open(at=at):
        raise RequestOver(request.state)
    profile = _profile_of(request)
    return sign_request(
        verifier=VerifierIdentity(
            client_id=request.client_id,
            name=request.e_service.name_en,
            x5c=profile.x5c,
            sign=partial(key_store().sign, profile.key_id),
        ),
        response_uri=request.response_uri,
        nonce=request.nonce,
        state=request.state_parameter,
        query=request.query,
        purpose=request.purpose,
        at=at,
        expires_at=request.expires_at,
        wallet_nonce=wallet_nonce,
    )


def _profile_of(request: PresentationRequest) -> IssuerProfile:
    """Find the certificate that the client identifier names, even if another followed it."""
    profiles = IssuerProfile.objects.filter(
        e_service=request.e_service, use=IssuerProfile.Use.VERIFIER
    ).order_by("-created_at")
    for profile in profiles:
        if client_id_by_hash(profile.fingerprint) == request.client_id:
            return profile
    raise RequestOver("its certificate is gone")
