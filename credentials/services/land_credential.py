"""Sign a credential for a company's wallet, bound to a key of its own."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from authentication.models import Company, Premises
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.services.create_key import create_key
from corpid.keys.store import key_store
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from corpid.protocols.public_jwk import public_jwk
from corpid.protocols.status_list import StatusReference
from corpid.status.services.allocate_index import allocate_index
from credentials.models import AccessLog, Credential, CredentialState, IssuerProfile, Wallet
from credentials.models.issuer_profile import issuer_uri, list_owner
from credentials.sd_jwt_vc import issue_sd_jwt_vc
from credentials.services.ensure_profile import ensure_profile
from credentials.services.record_credential_event import record_credential_event
from credentials.services.seal_version import seal_version
from credentials.services.tell_company import RECEIVED, tell_company
from credentials.services.tell_issuer import tell_issuer


@transaction.atomic
def land_credential(
    *,
    credential: Credential,
    company: Company,
    claims: Mapping[str, Any],
    premises: Mapping[str, str] | None,
    at: datetime,
) -> None:
    """Give a held credential its index, its holder key and its signature.

    Raises IssuingSwitchedOff: a worker that was asked before the switch was turned waits.
    """
    require_function(SwitchedFunction.ISSUING)
    Wallet.objects.get_or_create(company=company, defaults={"opened_at": at})
    holder_key = create_key(
        purpose=Purpose.HOLDER,
        algorithm=Algorithm.ES256,
        at=at,
        scope_id=credential.id,
        wrapping_scope=str(company.id),
    )
    reference = allocate_index(
        owner=list_owner(credential.issuer.slug), expires_at=credential.expires_at, at=at
    )
    token = _sign(credential, claims, holder_key, reference, at)
    credential.company = company
    credential.state = CredentialState.VALID
    credential.premises = _find_premises(company, premises)
    credential.holder_key_id = holder_key.id
    credential.status_list_id = reference.uri.rsplit("/", 1)[-1]
    credential.status_index = reference.index
    credential.changed_at = at
    credential.save()
    seal_version(credential=credential, body=token.encode(), seal_scope=str(company.id), at=at)
    _tell(credential, company, at)


def _sign(
    credential: Credential,
    claims: Mapping[str, Any],
    holder_key: SigningKey,
    reference: StatusReference,
    at: datetime,
) -> str:
    issuer = credential.issuer
    profile = ensure_profile(
        e_service=issuer,
        use=IssuerProfile.Use.ISSUER,
        at=at,
        outlives=credential.expires_at,
    )
    controlled = {
        "iss": issuer_uri(issuer.slug),
        "vct": credential.type.vct,
        # To the hour: the moment of issuing would tell presentations of one batch together.
        "iat": int(at.timestamp()) // 3600 * 3600,
        "nbf": int(credential.valid_from.timestamp()),
        "exp": int(credential.expires_at.timestamp()),
        "cnf": {"jwk": public_jwk(holder_key.public_key())},
        "status": {"status_list": {"idx": reference.index, "uri": reference.uri}},
    }
    return issue_sd_jwt_vc(
        claims={**controlled, **claims},
        disclosable=credential.type.read_metadata().hidden_paths(claims),
        x5c=profile.x5c,
        sign=partial(key_store().sign, profile.key_id),
    )


def _tell(credential: Credential, company: Company, at: datetime) -> None:
    """Tell the company's log, the audit log, the issuer and those who run the company."""
    AccessLog.objects.create(
        credential=credential,
        kind=AccessLog.Kind.ISSUED,
        at=at,
        actor=f"e-service:{credential.issuer.client_id}",
    )
    record_credential_event(kind="credentials.credential.issued", credential=credential, at=at)
    tell_issuer(what="landed", credential=credential, at=at)
    tell_company(kind=RECEIVED, credential=credential, company=company, at=at)


def _find_premises(company: Company, named: Mapping[str, str] | None) -> Premises | None:
    """Find the place that the issuer names, or write it down: its licence proves it."""
    if not named:
        return None
    for field in ("geocode", "address_en", "address_tc"):
        wanted = named.get(field)
        if wanted:
            found = Premises.objects.filter(
                company=company, closed_on=None, **{field: wanted}
            ).first()
            if found is not None:
                return found
    return Premises.objects.create(
        company=company,
        name=named.get("name", ""),
        address_en=named.get("address_en", ""),
        address_tc=named.get("address_tc", ""),
        geocode=named.get("geocode", ""),
    )
