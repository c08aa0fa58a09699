"""Find what in a company's wallet answers a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from authentication.models import Company
from corpid.protocols.x5c import Trust
from credentials.dcql import SD_JWT_VC, Answers, Candidate, find_answers
from credentials.models import Credential, CredentialVersion, TrustAnchor
from credentials.openid4vp import PresentationRequest
from credentials.services.find_trust import find_trust
from credentials.services.open_present import OpenedCredential, open_present


@dataclass(frozen=True, slots=True)
class Held:
    """A credential of the wallet, opened."""

    credential: Credential
    opened: OpenedCredential


def match_wallet(
    *, request: PresentationRequest, company: Company, at: datetime
) -> tuple[dict[str, Held], Answers]:
    """Open what the company could show now and the query asks for by type; match it.

    What is of another type stays sealed: that it does not fit can be said without its claims.
    """
    credentials = (
        Credential.objects.presentable(at=at)
        .filter(company=company)
        .select_related("type", "issuer", "premises")
        .order_by("expires_at")
    )
    asked = {vct for part in request.query.credentials for vct in part.vct_values}
    held = _opened([found for found in credentials if found.type.vct in asked])
    trust = find_trust(use=TrustAnchor.Use.ISSUER, at=at)
    candidates = [
        _candidate(held[credential.id], trust)
        if credential.id in held
        else Candidate(
            credential.id, SD_JWT_VC, (credential.type.vct,), claims={}, hideable=frozenset()
        )
        for credential in credentials
    ]
    return held, find_answers(request.query, candidates)


def _opened(credentials: Sequence[Credential]) -> dict[str, Held]:
    versions = {
        version.credential_id: version
        for version in CredentialVersion.objects.filter(
            credential__in=credentials, superseded_at=None
        ).select_related("credential")
    }
    return {
        credential.id: Held(credential, open_present(versions[credential.id]))
        for credential in credentials
    }


def _candidate(held: Held, trust: Trust) -> Candidate:
    return Candidate(
        key=held.credential.id,
        format=SD_JWT_VC,
        type_chain=(str(held.opened.all_claims["vct"]),),
        claims=held.opened.all_claims,
        hideable=held.opened.hideable,
        key_identifiers=trust(held.opened.jws).key_identifiers,
    )
