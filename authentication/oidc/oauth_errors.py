"""The failures that OAuth and OpenID Connect name; `oauth_error` is the registered code.

RFC 6749, sections 4.1.2.1 and 5.2; RFC 6750, section 3.1; RFC 8707, section 2; RFC 9449,
section 12.2; OpenID Connect Core 1.0, section 3.1.2.6; OpenID Connect Unmet Authentication
Requirements 1.0.
"""

import re

from corpid.errors import (
    CorpIDError,
    Invalid,
    Malformed,
    NotAllowed,
    NotAuthenticated,
    Unsupported,
    gettext_noop,
)

_NOT_IN_A_DESCRIPTION = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")
_MAX_DESCRIPTION = 300


def description_of(error: CorpIDError) -> str:
    """Make an `error_description` in the letters that RFC 6749, section 5.2, allows.

    The detail of these errors is written by us and tells a client's maker what to mend.
    """
    return _NOT_IN_A_DESCRIPTION.sub("'", error.detail or error.title)[:_MAX_DESCRIPTION]


class InvalidRequest(Malformed):
    code = "oauth_invalid_request"
    oauth_error = "invalid_request"
    title = gettext_noop("The OAuth request is not as it must be.")
    remedy = gettext_noop("Each parameter once, as our metadata and RFC 6749 describe them.")


class InvalidClient(NotAuthenticated):
    code = "oauth_invalid_client"
    oauth_error = "invalid_client"
    title = gettext_noop("The client could not be authenticated.")
    remedy = gettext_noop(
        "Send a private_key_jwt assertion for the issuer as audience, signed with a registered "
        "key, with a new jti each time."
    )


class InvalidGrant(Malformed):
    code = "oauth_invalid_grant"
    oauth_error = "invalid_grant"
    title = gettext_noop("The authorization code or refresh token can't be exchanged.")
    remedy = gettext_noop(
        "Begin a new sign-in. A code counts once, for 60 seconds; a refresh token ends with "
        "the sign-in that it came from, and with the authority that was shown there."
    )


class UnauthorizedClient(NotAllowed):
    code = "oauth_unauthorized_client"
    oauth_error = "unauthorized_client"
    title = gettext_noop("This client may not use this way of authorization.")
    remedy = gettext_noop("See the profile that the e-service is registered for.")


class UnsupportedGrantType(Unsupported):
    code = "oauth_unsupported_grant_type"
    oauth_error = "unsupported_grant_type"
    title = gettext_noop("This grant type is not supported.")
    remedy = gettext_noop("Use one of grant_types_supported in our metadata.")


class UnsupportedResponseType(Unsupported):
    code = "oauth_unsupported_response_type"
    oauth_error = "unsupported_response_type"
    title = gettext_noop("This response type is not supported.")
    remedy = gettext_noop("Use response_type=code.")


class InvalidScope(Invalid):
    code = "oauth_invalid_scope"
    oauth_error = "invalid_scope"
    title = gettext_noop("A scope is unknown or not registered for this client.")
    remedy = gettext_noop("Ask only for scopes that the e-service is registered for.")


class InvalidTarget(Invalid):
    code = "oauth_invalid_target"
    oauth_error = "invalid_target"
    title = gettext_noop("There is no such resource here.")
    remedy = gettext_noop("Leave resource out, or name our API as its metadata does.")


class InvalidDPoPProof(NotAuthenticated):
    code = "oauth_invalid_dpop_proof"
    oauth_error = "invalid_dpop_proof"
    title = gettext_noop("The DPoP proof is not accepted.")
    remedy = gettext_noop("Make a new proof for this method and address (RFC 9449, 4.2).")


class UseDPoPNonce(NotAuthenticated):
    code = "oauth_use_dpop_nonce"
    oauth_error = "use_dpop_nonce"
    title = gettext_noop("The DPoP proof needs a nonce of ours.")
    remedy = gettext_noop("Send it again with the nonce of the DPoP-Nonce header.")


class InvalidToken(NotAuthenticated):
    code = "oauth_invalid_token"
    oauth_error = "invalid_token"
    title = gettext_noop("The access token is not accepted.")
    remedy = gettext_noop("Get a new access token; it may have expired or been revoked.")


class InsufficientScope(NotAllowed):
    code = "oauth_insufficient_scope"
    oauth_error = "insufficient_scope"
    title = gettext_noop("The access token does not carry the scope that this needs.")
    remedy = gettext_noop("Ask for a token with the scope named in the reference.")


class InvalidAuthorizationDetails(Invalid):
    code = "oauth_invalid_authorization_details"
    oauth_error = "invalid_authorization_details"
    title = gettext_noop("Authorization details of this type are not known here.")
    remedy = gettext_noop("Leave authorization_details out, or see our metadata for its types.")


class RequestNotSupported(Malformed):
    code = "oauth_request_not_supported"
    oauth_error = "request_not_supported"
    title = gettext_noop("Request objects are not taken.")
    remedy = gettext_noop("Push the parameters themselves to the PAR endpoint.")


class AccessDenied(NotAllowed):
    code = "oauth_access_denied"
    oauth_error = "access_denied"
    title = gettext_noop("The sign-in was refused.")
    remedy = gettext_noop("The person or the company did not agree, or may not sign in.")


class LoginRequired(NotAuthenticated):
    code = "oauth_login_required"
    oauth_error = "login_required"
    title = gettext_noop("Nobody is signed in, and the request forbids asking.")
    remedy = gettext_noop("Send the request again without prompt=none.")


class AccountSelectionRequired(NotAuthenticated):
    code = "oauth_account_selection_required"
    oauth_error = "account_selection_required"
    title = gettext_noop("No company is chosen, and the request forbids asking.")
    remedy = gettext_noop("Send the request again without prompt=none.")


class ConsentRequired(NotAllowed):
    code = "oauth_consent_required"
    oauth_error = "consent_required"
    title = gettext_noop("The person has not agreed yet, and the request forbids asking.")
    remedy = gettext_noop("Send the request again without prompt=none.")


class UnmetAuthenticationRequirements(NotAllowed):
    code = "oauth_unmet_authentication_requirements"
    oauth_error = "unmet_authentication_requirements"
    title = gettext_noop("The sign-in can't be as strong as the request demands.")
    remedy = gettext_noop("Ask for one of acr_values_supported, or not as essential.")
