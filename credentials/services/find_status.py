"""Ask the status list that a credential names whether it is in force now."""

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from corpid.errors import CorpIDError
from corpid.meters.counted import CallPurpose
from corpid.outbound.client import guarded_client
from corpid.protocols.es256 import CompactJWS
from corpid.protocols.status_list import (
    MEDIA_TYPE,
    Status,
    StatusListNotValid,
    StatusListToken,
    StatusNotKnown,
    StatusReference,
    reference_of,
    verify_status_list,
)
from corpid.status.services.find_version import find_version
from credentials.models import TrustAnchor
from credentials.services.find_trust import find_trust

logger = logging.getLogger(__name__)

LONGEST_KEPT = 300  # seconds, whatever a foreign list allows


class PresentStatus(StrEnum):
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # fail closed: never taken for in force


_OF_STATUS: dict[int, PresentStatus] = {
    Status.VALID: PresentStatus.IN_FORCE,
    Status.INVALID: PresentStatus.REVOKED,
    Status.SUSPENDED: PresentStatus.SUSPENDED,
}


def find_status(*, claims: Mapping[str, Any], at: datetime) -> PresentStatus:
    """Answer for a credential that was verified before (draft, section 8.3).

    A credential without a status can't be revoked; a list that does not answer or can't be
    relied on leaves the status unknown. A value that the draft does not define is no `valid`.
    """
    try:
        reference = reference_of(claims)
        if reference is None:
            return PresentStatus.IN_FORCE
        value = _list(reference, at).status(reference.index)
    except (StatusListNotValid, StatusNotKnown):
        return PresentStatus.UNKNOWN
    return _OF_STATUS.get(value, PresentStatus.UNKNOWN)


def _list(reference: StatusReference, at: datetime) -> StatusListToken:
    trust = find_trust(use=TrustAnchor.Use.ISSUER, at=at)

    def issuer_key(jws: CompactJWS) -> ec.EllipticCurvePublicKey:
        return trust(jws).key

    token = _own_token(reference.uri, at) or _foreign_token(reference.uri)
    return verify_status_list(token, uri=reference.uri, issuer_key=issuer_key, at=at)


def _own_token(uri: str, at: datetime) -> str | None:
    """Read a list of ours where it lies: no web process waits for another."""
    prefix = f"{settings.BASE_URL}/status-lists/"
    if not uri.startswith(prefix):
        return None
    try:
        version = find_version(list_id=uri.removeprefix(prefix), at=at)
    except CorpIDError as error:
        raise StatusNotKnown(uri) from error
    return bytes(version.token).decode("ascii")


def _foreign_token(uri: str) -> str:
    key = f"status-list:{hashlib.sha256(uri.encode()).hexdigest()}"
    kept = _kept(key)
    if kept is not None:
        return kept
    try:
        answer = guarded_client().request(
            "GET", uri, headers={"Accept": MEDIA_TYPE}, purpose=CallPurpose.STATUS_LIST
        )
    except CorpIDError as error:
        raise StatusNotKnown(f"{uri}: {error.code}") from error
    if answer.status != 200 or not answer.content.isascii():  # noqa: PLR2004  HTTP's own number
        raise StatusNotKnown(f"{uri}: {answer.status}")
    token = answer.content.decode("ascii").strip()
    _keep(key, token)
    return token


def _kept(key: str) -> str | None:
    try:
        kept = cache.get(key)
    except RedisError:
        logger.exception("kept status lists do not answer; fetching the list")
        return None
    return kept if isinstance(kept, str) else None


def _keep(key: str, token: str) -> None:
    try:
        cache.set(key, token, timeout=LONGEST_KEPT)
    except RedisError:
        logger.exception("a status list was not kept")
