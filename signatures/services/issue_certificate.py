"""Issue a certificate under one of our authorities, for a key in our store."""

import secrets
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import transaction

from authentication.models import Company, Person
from corpid.audit.services.record_event import record_event
from corpid.keys.key_pair import KeySuspended
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.services.ensure_key import ensure_key
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from signatures.models import Certificate
from signatures.pki.certificates import (
    Profile,
    Subject,
)
from signatures.pki.certificates import (
    issue_certificate as issue,
)
from signatures.pki.certificates import (
    issue_root as issue_root_certificate,
)
from signatures.services.find_key_holder import find_key_holder
from signatures.services.find_present_certificate import find_present_certificate
from signatures.services.find_status_addresses import find_status_addresses
from signatures.services.sign_with import sign_with

SHARDS = 16
BACKDATED = timedelta(minutes=5)  # clocks of readers may be behind ours
YEAR = timedelta(days=365)
LIFETIME = {
    Certificate.Profile.ROOT: 20 * YEAR,
    Certificate.Profile.ISSUING: 10 * YEAR,
    Certificate.Profile.TSA: 10 * YEAR - timedelta(days=1),
    Certificate.Profile.OCSP: 3 * YEAR,
    Certificate.Profile.PERSON: 2 * YEAR,
    Certificate.Profile.SEAL: 3 * YEAR,
    Certificate.Profile.E_SERVICE: 5 * YEAR,
}
_PURPOSE = {
    Certificate.Profile.ROOT: Purpose.CA_ROOT,
    Certificate.Profile.ISSUING: Purpose.CA_ISSUING,
    Certificate.Profile.TSA: Purpose.TSA,
    Certificate.Profile.OCSP: Purpose.OCSP,
    Certificate.Profile.PERSON: Purpose.PERSON,
    Certificate.Profile.SEAL: Purpose.SEAL,
}
_OF_OTHERS = frozenset(
    {Certificate.Profile.PERSON, Certificate.Profile.SEAL, Certificate.Profile.E_SERVICE}
)


@transaction.atomic
def issue_certificate(
    *,
    profile: Certificate.Profile,
    subject: Subject,
    at: datetime,
    company: Company | None = None,
    person: Person | None = None,
    key: SigningKey | None = None,
) -> Certificate:
    """Issue one for the active key of its holder, making the key if there is none yet.

    Personal and company keys are wrapped by the company's key. An e-service has several keys,
    for several purposes: the caller names the one that is meant. While issuing is switched off
    our own authorities alone get certificates: without theirs nothing could be checked. Raises
    IssuingSwitchedOff.
    """
    if profile in _OF_OTHERS:
        require_function(SwitchedFunction.ISSUING)
    key = key or ensure_key(
        purpose=_PURPOSE[profile],
        algorithm=Algorithm(settings.CERTIFICATE_KEY_ALGORITHM),
        at=at,
        scope_id=_scope_of(company, person),
        wrapping_scope=str(company.id) if company else None,
    )
    if key.suspended_at is not None:
        raise KeySuspended(str(key))
    serial_number = secrets.randbits(120) | 1 << 119
    shard = _shard(profile, serial_number)
    issuer = _issuer_of(profile, at)
    der = _signed(profile, subject, key, serial_number, shard, issuer, at)
    certificate = Certificate.objects.create(
        profile=profile,
        serial_number=f"{serial_number:x}",
        company=company,
        person=person,
        issuer=issuer,
        key=key,
        der=der,
        not_before=at - BACKDATED,
        not_after=at + LIFETIME[profile],
        shard=shard,
    )
    record_event(
        kind="signatures.certificate.issued",
        at=at,
        actor="system",
        subject=f"certificate:{certificate.serial_number}",
        company_id=company.id if company else None,
        facts={"profile": profile.value, "kid": key.kid},
    )
    return certificate


def _scope_of(company: Company | None, person: Person | None) -> str:
    """Name the scope of a holder's key: a person's differs from company to company."""
    if company is None:
        return ""
    return f"{company.id}/{person.id}" if person else str(company.id)


def _shard(profile: Certificate.Profile, serial_number: int) -> str:
    if profile == Certificate.Profile.ROOT:
        return ""
    if profile == Certificate.Profile.ISSUING:
        return "root"
    return f"{serial_number % SHARDS:02x}"


def _issuer_of(profile: Certificate.Profile, at: datetime) -> Certificate | None:
    if profile == Certificate.Profile.ROOT:
        return None
    above = (
        Certificate.Profile.ROOT
        if profile == Certificate.Profile.ISSUING
        else Certificate.Profile.ISSUING
    )
    return find_present_certificate(above, at=at)


def _signed(
    profile: Certificate.Profile,
    subject: Subject,
    key: SigningKey,
    serial_number: int,
    shard: str,
    issuer: Certificate | None,
    at: datetime,
) -> bytes:
    not_before, not_after = at - BACKDATED, at + LIFETIME[profile]
    if issuer is None:
        certificate = issue_root_certificate(
            subject=subject,
            public_key=key.public_key(),
            serial_number=serial_number,
            not_before=not_before,
            not_after=not_after,
            sign_digest=sign_with(key),
        )
    else:
        certificate = issue(
            profile=Profile(profile.value),
            subject=subject,
            public_key=key.public_key(),
            serial_number=serial_number,
            not_before=not_before,
            not_after=not_after,
            issuer=find_key_holder(issuer),
            addresses=find_status_addresses(issuer=issuer, shard=shard),
        )
    return certificate.public_bytes(Encoding.DER)
