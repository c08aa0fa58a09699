"""Look again at certificates: each is what its row says, rightly signed, of whom may have it.

1. The certificate in the row can be read and has the row's number, period and key.
2. Its issuer's certificate certifies it.
3. It names the row's company and person, and nobody else.
4. It lives no longer than its profile allows.
5. While it is in force, so is its company: on the register with a status that may sign.
6. A service issued it: the audit log has the event of that moment.
"""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from authentication.standing import Function, Permission, permission_for
from corpid.audit.services.was_recorded import was_recorded
from corpid.operations.rechecking import Rechecked, look_at
from signatures.models import Certificate
from signatures.services.issue_certificate import BACKDATED, LIFETIME


def recheck_certificates(*, after: str, at_most: int, at: datetime) -> Rechecked:
    following = Certificate.objects.select_related("company", "person", "issuer", "key")
    if after:
        following = following.filter(id__gt=after)
    return look_at(
        list(following.order_by("id")[:at_most]),
        subject=_subject,
        place=lambda each: str(each.id),
        mismatches=lambda each: _mismatches(each, at),
    )


def _subject(row: Certificate) -> str:
    return f"certificate:{row.serial_number}"


def _mismatches(row: Certificate, at: datetime) -> Iterator[tuple[str, str]]:
    try:
        found = row.as_x509()
    except ValueError as error:
        yield "certificate_unreadable", str(error)  # 1
        return
    yield from _differences(row, found)
    if not _is_certified(row, found):
        yield "certificate_not_by_its_issuer", str(row.issuer or "itself")  # 2
    if not _names_the_row(row, found.subject):
        yield "certificate_names_another", found.subject.rfc4514_string()  # 3
    if row.not_after - row.not_before > LIFETIME[_profile(row)] + BACKDATED:
        yield "certificate_lives_too_long", f"{row.not_before} to {row.not_after}"  # 4
    is_in_force = row.revoked_at is None and row.not_before <= at < row.not_after
    if is_in_force and row.company is not None:
        status = row.company.status
        if permission_for(status, Function.SIGN) is Permission.NO:
            yield "certificate_of_company_not_in_force", status  # 5
    if not was_recorded(
        kind="signatures.certificate.issued",
        subject=_subject(row),
        at=row.not_before + BACKDATED,
        company_id=row.company_id,
    ):
        yield "certificate_without_its_event", f"{row.not_before + BACKDATED}"  # 6


def _profile(row: Certificate) -> Certificate.Profile:
    return Certificate.Profile(row.profile)


def _differences(row: Certificate, found: x509.Certificate) -> Iterator[tuple[str, str]]:
    if f"{found.serial_number:x}" != row.serial_number:
        yield "certificate_has_another_number", f"{found.serial_number:x}"
    period = (row.not_before.replace(microsecond=0), row.not_after.replace(microsecond=0))
    if (found.not_valid_before_utc, found.not_valid_after_utc) != period:
        yield (
            "certificate_has_another_period",
            f"{found.not_valid_before_utc} to {found.not_valid_after_utc}",
        )
    written = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if found.public_key().public_bytes(*written) != row.key.public_key().public_bytes(*written):
        yield "certificate_has_another_key", str(row.key)


def _is_certified(row: Certificate, found: x509.Certificate) -> bool:
    issuer = found if row.issuer is None else row.issuer.as_x509()
    try:
        found.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _names_the_row(row: Certificate, subject: x509.Name) -> bool:
    """Compare with identifiers, which stay the same when names change."""
    if row.company is None:
        return True
    return _values(subject, NameOID.ORGANIZATION_IDENTIFIER) == {
        f"NTRHK-{row.company.ubi}"
    } and (
        _values(subject, NameOID.SERIAL_NUMBER)
        == ({row.person.id.hex} if row.person else set())
    )


def _values(subject: x509.Name, kind: x509.ObjectIdentifier) -> set[str]:
    return {str(attribute.value) for attribute in subject.get_attributes_for_oid(kind)}
