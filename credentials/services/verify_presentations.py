"""Verify what a wallet presented: what stands for ever once it was presented."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings

from corpid.errors import Invalid, gettext_noop
from corpid.protocols.sd_jwt import open_sd_jwt, require_holder
from credentials.dcql import SD_JWT_VC, Candidate, first_unanswered, read_query
from credentials.models import CredentialType, PresentationRequest, TrustAnchor
from credentials.models.issuer_profile import issuer_uri
from credentials.sd_jwt_vc import VerifiedCredential, verify_sd_jwt_vc
from credentials.services.find_trust import find_trust


class QueryNotAnswered(Invalid):
    code = "query_not_answered"
    title = gettext_noop("What was presented does not answer what was asked.")
    remedy = gettext_noop("Present the credentials and claims that the request names.")
    oauth_error = "invalid_request"


class IssuerNotEntitled(Invalid):
    code = "issuer_not_entitled"
    title = gettext_noop("This issuer may not issue this type of credential.")
    remedy = gettext_noop("Do not rely on it; ask for a credential of the competent issuer.")
    oauth_error = "invalid_request"


def verify_presentations(
    *,
    request: PresentationRequest,
    presentations: Mapping[str, Sequence[str]],
    presented_at: datetime,
) -> list[tuple[str, VerifiedCredential]]:
    """Verify what stands for ever once it was presented, in this order.

    1. Shape and signature of each credential, by an issuer whom we trust, for this type.
    2. The query: every credential that it needs, with claims that match.
    3. Holder binding: for this verifier, this nonce, these disclosures, at that moment.
    Raises what verify_sd_jwt_vc and require_holder raise, IssuerNotEntitled, QueryNotAnswered.
    """
    trust = find_trust(use=TrustAnchor.Use.ISSUER, at=presented_at)
    verified = [
        (query_id, verify_sd_jwt_vc(token, trust=trust, at=presented_at))  # 1
        for query_id, tokens in presentations.items()
        for token in tokens
    ]
    for _, credential in verified:
        _require_entitled(credential)
    query = read_query(request.query)
    candidates: dict[str, list[Candidate]] = {query_id: [] for query_id in presentations}
    for query_id, credential in verified:
        candidates[query_id].append(_candidate(credential))
    unanswered = first_unanswered(query, candidates)  # 2
    if unanswered is not None:
        raise QueryNotAnswered(f"{unanswered[0]}: {unanswered[1]}")
    for query_id, credential in verified:  # 3
        part = query.named(query_id)
        if part is None or part.needs_holder:
            require_holder(
                credential.sd_jwt,
                audience=request.client_id,
                nonce=request.nonce,
                at=presented_at,
            )
    return verified


def _require_entitled(credential: VerifiedCredential) -> None:
    """Let only the type's own issuer issue it: certificates of ours name many others.

    Of a type that is not described here, nobody but its authority says who may; a verifier who
    cares names that in `trusted_authorities`.
    """
    prefix = f"{settings.BASE_URL}/credential-types/"
    if not credential.vct.startswith(prefix):
        return
    slug = credential.vct.removeprefix(prefix)
    found = CredentialType.objects.filter(slug=slug).select_related("issuer").first()
    if found is None or issuer_uri(found.issuer.slug) not in credential.issuer.uris:
        raise IssuerNotEntitled(slug)


def _candidate(credential: VerifiedCredential) -> Candidate:
    return Candidate(
        key="",
        format=SD_JWT_VC,
        type_chain=(credential.vct,),
        # An index of the query counts the elements of the whole array, hidden ones too.
        claims=open_sd_jwt(credential.sd_jwt.sd_jwt, keeps_places=True).claims,
        hideable=credential.sd_jwt.disclosed,
        key_identifiers=credential.issuer.key_identifiers,
        has_holder_key="cnf" in credential.claims,
    )
