"""Look again at credentials: row, sealed body, signature, key and status tell one story.

1. The sealed body opens, for its company, credential and number alone.
2. It is signed by its issuer, whose certificate leads to an anchor, as it was when issued.
3. What it says of itself is what the row says: issuer, type, period, index, holder's key.
4. Its issuer might issue this type, which was approved by then.
5. A service issued it: the audit log has the event of that moment.
6. Its state is that of the status list, and of the list as it is published.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from corpid.audit.services.was_recorded import was_recorded
from corpid.errors import CorpIDError
from corpid.keys.envelope import SealBroken
from corpid.keys.models import SigningKey
from corpid.operations.rechecking import Rechecked, look_at
from corpid.protocols.public_jwk import public_jwk
from corpid.protocols.status_list import Status, StatusReference
from corpid.status.models import StatusList
from credentials.models import (
    Credential,
    CredentialState,
    CredentialVersion,
    TrustAnchor,
)
from credentials.models.issuer_profile import issuer_uri
from credentials.sd_jwt_vc import verify_sd_jwt_vc
from credentials.services.find_status import PresentStatus, find_status
from credentials.services.find_trust import find_trust
from credentials.services.open_version import open_version

_STATUS = {
    CredentialState.VALID: (Status.VALID, PresentStatus.IN_FORCE),
    CredentialState.SUSPENDED: (Status.SUSPENDED, PresentStatus.SUSPENDED),
    CredentialState.REVOKED: (Status.INVALID, PresentStatus.REVOKED),
}


def recheck_credentials(*, after: str, at_most: int, at: datetime) -> Rechecked:
    present = CredentialVersion.objects.filter(superseded_at=None).select_related(
        "credential__type", "credential__issuer"
    )
    if after:
        present = present.filter(id__gt=after)
    return look_at(
        list(present.order_by("id")[:at_most]),
        subject=_subject,
        place=lambda each: str(each.id),
        mismatches=lambda each: _mismatches(each, at),
    )


def _subject(version: CredentialVersion) -> str:
    return f"credential:{version.credential_id}"


def _mismatches(version: CredentialVersion, at: datetime) -> Iterator[tuple[str, str]]:
    credential = version.credential
    try:
        body = open_version(version)
    except SealBroken:
        yield "credential_body_changed", f"version {version.number}"  # 1
        return
    type_ = credential.type
    if type_.issuer_id != credential.issuer_id:
        yield "credential_of_anothers_type", type_.slug  # 4
    if type_.approved_at is None or type_.approved_at > version.made_at:
        yield "credential_of_unapproved_type", type_.slug
    if credential.status_index is None or credential.holder_key_id is None:
        return  # only held, or revoked while it was: a body of claims, signed by nobody yet
    if credential.source == Credential.Source.OWN and not was_recorded(
        kind="credentials.credential.issued",
        subject=_subject(version),
        at=version.made_at,
        company_id=credential.company_id,
    ):
        yield "credential_without_its_event", f"{version.made_at}"  # 5
    status_list = StatusList.objects.get(id=credential.status_list_id)
    reference = StatusReference(status_list.uri, credential.status_index)
    holder = SigningKey.objects.get(id=credential.holder_key_id)
    yield from _about_its_text(version, body.decode("ascii"), holder, reference)
    yield from _about_its_status(credential, status_list, reference, at)


def _about_its_text(
    version: CredentialVersion, token: str, holder: SigningKey, reference: StatusReference
) -> Iterator[tuple[str, str]]:
    credential = version.credential
    then = max(version.made_at, credential.valid_from)
    try:
        verified = verify_sd_jwt_vc(
            token, trust=find_trust(use=TrustAnchor.Use.ISSUER, at=then), at=then
        )
    except CorpIDError as error:
        yield "credential_does_not_verify", error.code  # 2
        return
    said = verified.claims
    for name, expected in _expected(credential, holder, reference).items():
        if said.get(name) != expected:
            yield "credential_says_otherwise", name  # 3


def _expected(
    credential: Credential, holder: SigningKey, reference: StatusReference
) -> dict[str, Any]:
    return {
        "iss": issuer_uri(credential.issuer.slug),
        "vct": credential.type.vct,
        "nbf": int(credential.valid_from.timestamp()),
        "exp": int(credential.expires_at.timestamp()),
        "cnf": {"jwk": public_jwk(holder.public_key())},
        **_status_claim(reference),
    }


def _status_claim(reference: StatusReference) -> dict[str, Any]:
    return {"status": {"status_list": {"idx": reference.index, "uri": reference.uri}}}


def _about_its_status(
    credential: Credential, status_list: StatusList, reference: StatusReference, at: datetime
) -> Iterator[tuple[str, str]]:
    """Compare three places; a list with a change that is on its way is not asked yet."""
    wanted, published = _STATUS[CredentialState(credential.state)]
    entry = status_list.entries.filter(index=reference.index).first()
    listed = entry.status if entry is not None else Status.VALID
    if listed != wanted:
        yield "status_differs", f"{credential.state}, listed {Status(listed).name}"  # 6
        return
    if status_list.changed_at is not None or credential.is_expired(at=at):
        return
    found = find_status(claims=_status_claim(reference), at=at)
    if found != published:
        yield "published_status_differs", f"{credential.state}, published {found}"
