"""OpenID for Verifiable Presentations 1.0: requests and answers, for both sides.

Signed request objects by reference, answered by direct_post. A verifier is known by its
certificate: client identifiers `x509_hash:` and `x509_san_dns:`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from corpid.errors import Invalid, Malformed, Unsupported, gettext_noop
from corpid.protocols.es256 import Sign, read_compact, require_signature, sign_compact
from corpid.protocols.strict_encoding import NotCanonical, read_json
from corpid.protocols.x5c import Signer, Trust
from credentials.dcql import Query, read_query

REQUEST_TYPE = "oauth-authz-req+jwt"
REQUEST_MEDIA_TYPE = "application/oauth-authz-req+jwt"
SELF_ISSUED = "https://self-issued.me/v2"  # the audience of a request for any wallet (5.8)
RESPONSE_TYPE = "vp_token"
DIRECT_POST = "direct_post"
SCHEMES = frozenset({"openid4vp", "haip-vp"})
MAX_LINK = 8 * 1024
MAX_REQUEST_OBJECT = 64 * 1024
MAX_RESPONSE = 1024 * 1024
MAX_PRESENTATIONS = 16
MAX_PURPOSE = 300

SUPPORTED_FORMATS = {
    "dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}
}


class LinkMalformed(Malformed):
    code = "presentation_link_malformed"
    title = gettext_noop("This is not a request to show a credential.")
    remedy = gettext_noop(
        "Copy the whole link, from openid4vp:// to its end, or scan it again."
    )
    oauth_error = "invalid_request"


class RequestObjectInvalid(Invalid):
    """The request object breaks a rule of the standard; its `detail` says which."""

    code = "presentation_request_invalid"
    title = gettext_noop("The request to show a credential is not one that we answer.")
    remedy = gettext_noop("Ask whoever wants to see the credential for a new request.")
    oauth_error = "invalid_request"


class ClientDoesNotMatch(RequestObjectInvalid):
    """MismatchedClientId: who asks is not who signed."""

    code = "presentation_client_does_not_match"
    title = gettext_noop("Whoever asks is not who they say they are.")
    remedy = gettext_noop("Do not answer this request.")
    oauth_error = "invalid_client"


class TransactionDataUnknown(RequestObjectInvalid):
    code = "transaction_data_unknown"
    title = gettext_noop("The request asks to approve something that we do not understand.")
    remedy = gettext_noop("Do not answer this request; ask for one without transaction data.")
    oauth_error = "invalid_transaction_data"


class ResponseModeUnsupported(Unsupported):
    code = "response_mode_unsupported"
    title = gettext_noop("The request wants its answer in a way that we do not offer yet.")
    remedy = gettext_noop("Ask for a request with the response mode direct_post.")
    oauth_error = "invalid_request"


class ResponseMalformed(Malformed):
    code = "presentation_response_malformed"
    title = gettext_noop("The answer to the request can't be read.")
    remedy = gettext_noop("Send vp_token and state as OpenID4VP 1.0, section 8.2, has them.")
    oauth_error = "invalid_request"


@dataclass(frozen=True, slots=True)
class PresentationLink:
    """What a QR code or a link holds: who asks, and where the signed request is."""

    client_id: str
    request_uri: str
    uses_post: bool = False


@dataclass(frozen=True, slots=True)
class PresentationRequest:
    """A verified request: the signer is proved, the query is read."""

    client_id: str
    verifier: Signer
    response_uri: str
    nonce: str
    state: str | None
    query: Query
    query_document: Mapping[str, Any]
    purpose: str  # a member of ours; others leave it out


@dataclass(frozen=True, slots=True)
class PresentationResponse:
    state: str | None
    presentations: Mapping[str, Sequence[str]] = field(default_factory=dict)
    error: str | None = None


def client_id_by_hash(signer_fingerprint: str) -> str:
    return f"x509_hash:{signer_fingerprint}"


@dataclass(frozen=True, slots=True)
class VerifierIdentity:
    """Who asks: the client identifier of its certificate, and its signature."""

    client_id: str
    name: str
    x5c: Sequence[str]
    sign: Sign


def sign_request(
    *,
    verifier: VerifierIdentity,
    response_uri: str,
    nonce: str,
    state: str,
    query: Mapping[str, Any],
    purpose: str,
    at: datetime,
    expires_at: datetime,
    wallet_nonce: str | None = None,
) -> str:
    """Make the request object that a wallet fetches (section 5)."""
    claims: dict[str, Any] = {
        "client_id": verifier.client_id,
        "aud": SELF_ISSUED,
        "iat": int(at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "response_type": RESPONSE_TYPE,
        "response_mode": DIRECT_POST,
        "response_uri": response_uri,
        "nonce": nonce,
        "state": state,
        "dcql_query": query,
        "purpose": purpose,  # ours: the standard has no member for it, and unknown ones pass
        "client_metadata": {
            "client_name": verifier.name,
            "vp_formats_supported": SUPPORTED_FORMATS,
        },
    }
    if wallet_nonce is not None:  # section 5.10: what the wallet sent with request_uri_method
        claims["wallet_nonce"] = wallet_nonce
    header = {"typ": REQUEST_TYPE, "x5c": list(verifier.x5c)}
    return sign_compact(header, claims, verifier.sign)


def presentation_link(*, client_id: str, request_uri: str) -> str:
    parameters = urlencode({"client_id": client_id, "request_uri": request_uri})
    return f"openid4vp://?{parameters}"


def read_link(text: str, *, own_page: str) -> PresentationLink:
    """Read what a person pasted or scanned: an openid4vp link, or one to our own page.

    Raises LinkMalformed.
    """
    link = text.strip()
    if len(link) > MAX_LINK or not link.isascii() or not link.isprintable():
        raise LinkMalformed("too long, or not plain text")
    try:
        parts = urlsplit(link)
    except ValueError as error:
        raise LinkMalformed(str(error)) from error
    if parts.scheme not in SCHEMES and not link.startswith(f"{own_page}?"):
        raise LinkMalformed("scheme")
    pairs = parse_qsl(parts.query)
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise LinkMalformed("a repeated parameter")
    client_id, request_uri = parameters.get("client_id"), parameters.get("request_uri")
    if not client_id or not request_uri:
        raise LinkMalformed("client_id and request_uri")
    method = parameters.get("request_uri_method", "get")
    if method not in {"get", "post"}:
        raise LinkMalformed("request_uri_method")
    return PresentationLink(client_id, request_uri, uses_post=method == "post")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError as error:
        raise RequestObjectInvalid("response_uri") from error


def _require_client(client_id: str, signer: Signer, response_uri: str) -> None:
    """Tie the client identifier to the certificate (section 5.9.3)."""
    prefix, _, name = client_id.partition(":")
    if prefix == "x509_hash":
        if name != signer.fingerprint:
            raise ClientDoesNotMatch("x509_hash")
    elif prefix == "x509_san_dns":
        if name not in signer.dns_names or _host(response_uri) != name:
            raise ClientDoesNotMatch("x509_san_dns")
    else:
        raise ClientDoesNotMatch(f"prefix {prefix!r}")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise RequestObjectInvalid(name)
    return value


def _require_in_time(claims: Mapping[str, Any], *, at: datetime, leeway: timedelta) -> None:
    now, slack = at.timestamp(), leeway.total_seconds()
    for name in ("iat", "nbf", "exp"):
        value = claims.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise RequestObjectInvalid(name)
        if (now - slack >= value) if name == "exp" else (now + slack < value):
            raise RequestObjectInvalid(f"{name}: not in time")


def read_request(
    request_object: str,
    *,
    link: PresentationLink,
    trust: Trust,
    at: datetime,
    wallet_nonce: str | None = None,
    leeway: timedelta = timedelta(seconds=60),
) -> PresentationRequest:
    """Verify a request object on the wallet's side (section 5), in this order.

    1. Shape: `typ` is `oauth-authz-req+jwt`.
    2. Signature, by the certificate in `x5c`, which leads to an anchor.
    3. The client identifier is that of the link, and that of the certificate.
    4. The request is for us, in time, of a type and mode that we answer; a nonce is there, our
       own wallet_nonce came back, and the answer goes to `response_uri` alone.
    5. Nothing is to be approved that we do not understand.
    6. The query reads.
    Raises RequestObjectInvalid and its kin, JWTNotAccepted, QueryMalformed, and what the trust
    raises.
    """
    jws = read_compact(request_object, max_bytes=MAX_REQUEST_OBJECT)
    if jws.header.get("typ") != REQUEST_TYPE:  # 1
        raise RequestObjectInvalid("typ")
    signer = trust(jws)
    require_signature(jws, signer.key)  # 2
    claims = jws.payload
    client_id, response_uri = _text(claims, "client_id"), _text(claims, "response_uri")
    if client_id != link.client_id:  # 3
        raise ClientDoesNotMatch("the link names another client")
    _require_client(client_id, signer, response_uri)
    _require_in_time(claims, at=at, leeway=leeway)  # 4
    if claims.get("aud") != SELF_ISSUED:
        raise RequestObjectInvalid("aud")
    if claims.get("response_type") != RESPONSE_TYPE:
        raise RequestObjectInvalid("response_type")
    if claims.get("response_mode") != DIRECT_POST:
        raise ResponseModeUnsupported("response_mode")
    nonce = _text(claims, "nonce")
    if "redirect_uri" in claims:
        raise RequestObjectInvalid("redirect_uri beside response_uri")
    if wallet_nonce is not None and claims.get("wallet_nonce") != wallet_nonce:
        raise RequestObjectInvalid("wallet_nonce")
    if "transaction_data" in claims:  # 5
        raise TransactionDataUnknown("transaction_data")
    document = claims.get("dcql_query")
    query = read_query(document)  # 6
    purpose = claims.get("purpose")
    return PresentationRequest(
        client_id=client_id,
        verifier=signer,
        response_uri=response_uri,
        nonce=nonce,
        state=_text(claims, "state") if "state" in claims else None,
        query=query,
        purpose=purpose[:MAX_PURPOSE] if isinstance(purpose, str) else "",
        query_document=document,  # type: ignore[arg-type]  # read_query refused all but objects
    )


def write_response(*, presentations: Mapping[str, Sequence[str]], state: str | None) -> bytes:
    """Write the body of the direct_post (section 8.2)."""
    parameters = {"vp_token": orjson.dumps(presentations).decode()}
    if state is not None:
        parameters["state"] = state
    return urlencode(parameters).encode("ascii")


def write_error(*, error: str, state: str | None) -> bytes:
    """Write the body that tells a verifier why nothing was sent (section 8.5)."""
    parameters = {"error": error} | ({"state": state} if state is not None else {})
    return urlencode(parameters).encode("ascii")


def read_response(body: bytes) -> PresentationResponse:
    """Read a direct_post on the verifier's side. Raises ResponseMalformed."""
    if len(body) > MAX_RESPONSE:
        raise ResponseMalformed("too long")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=16,
        )
    except ValueError as error:
        raise ResponseMalformed(str(error)) from error
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise ResponseMalformed("a repeated parameter")
    state = parameters.get("state")
    if "error" in parameters:
        return PresentationResponse(state, error=parameters["error"][:64])
    try:
        token = read_json(parameters.get("vp_token", "").encode())
    except NotCanonical as error:
        raise ResponseMalformed("vp_token") from error
    return PresentationResponse(state, _presentations(token))


def _presentations(token: Any) -> dict[str, list[str]]:
    if not isinstance(token, dict) or not token:
        raise ResponseMalformed("vp_token is an object")
    for presentations in token.values():
        if not isinstance(presentations, list) or not presentations:
            raise ResponseMalformed("each id has an array of presentations")
        if not all(isinstance(presentation, str) for presentation in presentations):
            raise ResponseMalformed("a presentation is a string")
    if sum(len(presentations) for presentations in token.values()) > MAX_PRESENTATIONS:
        raise ResponseMalformed("too many presentations")
    return token
