"""Certificate status by OCSP (RFC 6960, with the nonce of RFC 9654)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import core
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from signatures.pki.crl import Revocation, RevocationReason
from signatures.pki.key_holder import KeyHolder

LONGEST_REQUEST = 2_048
_HASHES: dict[str, HashAlgorithm] = {"sha1": SHA1(), "sha256": SHA256()}  # noqa: S303  names, not signs
_REASONS = {  # CRLReason, RFC 5280, section 5.3.1, as asn1crypto names it
    RevocationReason.UNSPECIFIED: "unspecified",
    RevocationReason.KEY_COMPROMISE: "key_compromise",
    RevocationReason.AFFILIATION_CHANGED: "affiliation_changed",
    RevocationReason.SUPERSEDED: "superseded",
    RevocationReason.CESSATION_OF_OPERATION: "cessation_of_operation",
    RevocationReason.CERTIFICATE_HOLD: "certificate_hold",
    RevocationReason.PRIVILEGE_WITHDRAWN: "privilege_withdrawn",
}


class OcspRequestUnreadable(ValueError):
    """The answer to it is an OCSP error (malformedRequest), not one of HTTP."""


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """Which certificate is asked about, and the nonce to give back."""

    serial_number: int
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    hash_algorithm: HashAlgorithm
    nonce: bytes | None

    def is_about_issuer(self, issuer: x509.Certificate) -> bool:
        name_hash, key_hash = issuer_hashes(issuer, self.hash_algorithm)
        return (self.issuer_name_hash, self.issuer_key_hash) == (name_hash, key_hash)


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """Issued by us; revoked if there is a revocation."""

    revocation: Revocation | None = None


def issuer_hashes(issuer: x509.Certificate, algorithm: HashAlgorithm) -> tuple[bytes, bytes]:
    key_bits = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    name = issuer.subject.public_bytes()
    if isinstance(algorithm, SHA1):  # our key identifiers are method 1: SHA-1 of the bits
        return hashlib.sha1(name, usedforsecurity=False).digest(), key_bits.digest
    encoded = asn1_x509.Certificate.load(issuer.public_bytes(Encoding.DER))
    return hashlib.sha256(name).digest(), encoded.public_key.sha256


def read_request(der: bytes) -> StatusRequest:
    """Read a request about one certificate. Raises OcspRequestUnreadable."""
    if len(der) > LONGEST_REQUEST:
        raise OcspRequestUnreadable("too long")
    try:
        request = ocsp.load_der_ocsp_request(der)
        algorithm = _HASHES[request.hash_algorithm.name]
        nonce = None
        for extension in request.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                nonce = extension.value.nonce
        serial_number = request.serial_number
        name_hash, key_hash = request.issuer_name_hash, request.issuer_key_hash
    except (ValueError, KeyError, NotImplementedError, x509.DuplicateExtension) as error:
        raise OcspRequestUnreadable(str(error)) from error
    if nonce is not None and not 1 <= len(nonce) <= 128:  # noqa: PLR2004  RFC 9654, section 2.1
        raise OcspRequestUnreadable("nonce of a wrong length")
    return StatusRequest(serial_number, name_hash, key_hash, algorithm, nonce)


def _response(
    *,
    request: StatusRequest,
    status: CertificateStatus | None,
    responder: KeyHolder,
    at: datetime,
    good_for: timedelta,
) -> bytes:
    single = asn1_ocsp.SingleResponse(
        {
            "cert_id": {
                "hash_algorithm": {"algorithm": request.hash_algorithm.name},
                "issuer_name_hash": request.issuer_name_hash,
                "issuer_key_hash": request.issuer_key_hash,
                "serial_number": request.serial_number,
            },
            "cert_status": _cert_status(status),
            "this_update": at.replace(microsecond=0),
            "next_update": (at + good_for).replace(microsecond=0),
        }
    )
    key_identifier = responder.certificate.extensions.get_extension_for_class(
        x509.SubjectKeyIdentifier
    ).value
    content = {
        "responder_id": asn1_ocsp.ResponderId(name="by_key", value=key_identifier.digest),
        "produced_at": at.replace(microsecond=0),
        "responses": [single],
    }
    if request.nonce is not None:
        echo = core.ParsableOctetString(core.OctetString(request.nonce).dump())
        content["response_extensions"] = [{"extn_id": "nonce", "extn_value": echo}]
    # Encoded and read again, for asn1crypto encodes what was built anew at every level above.
    signed = asn1_ocsp.ResponseData.load(asn1_ocsp.ResponseData(content).dump())
    basic = asn1_ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": signed,
            "signature_algorithm": responder.signature_algorithm,
            "signature": responder.sign(signed.dump()),
            "certs": [asn1_x509.Certificate.load(responder.certificate_der)],
        }
    )
    return asn1_ocsp.OCSPResponse(  # type: ignore[no-any-return]  # asn1crypto has no types
        {
            "response_status": "successful",
            "response_bytes": {
                "response_type": "basic_ocsp_response",
                "response": core.ParsableOctetString(basic.dump()),
            },
        }
    ).dump()


def _cert_status(status: CertificateStatus | None) -> asn1_ocsp.CertStatus:
    if status is None:
        return asn1_ocsp.CertStatus(name="unknown", value=core.Null())
    if status.revocation is None:
        return asn1_ocsp.CertStatus(name="good", value=core.Null())
    reason = _REASONS[status.revocation.reason]
    return asn1_ocsp.CertStatus(
        name="revoked",
        value={
            "revocation_time": status.revocation.at.replace(microsecond=0),
            "revocation_reason": reason,
        },
    )


def answer_request(
    der: bytes,
    *,
    issuer: x509.Certificate,
    find_status: Callable[[int], CertificateStatus | None],
    responder: KeyHolder,
    at: datetime,
    good_for: timedelta = timedelta(minutes=1),
) -> bytes:
    """Answer a request in DER; what can't be read gets `malformedRequest` (section 2.3).

    About another issuer's certificate, or one that we never issued, the answer is `unknown`.
    """
    try:
        request = read_request(der)
    except OcspRequestUnreadable:
        builder = ocsp.OCSPResponseBuilder
        return builder.build_unsuccessful(
            ocsp.OCSPResponseStatus.MALFORMED_REQUEST
        ).public_bytes(Encoding.DER)
    is_ours = request.is_about_issuer(issuer)
    return _response(
        request=request,
        status=find_status(request.serial_number) if is_ours else None,
        responder=responder,
        at=at,
        good_for=good_for,
    )


def status_response(
    certificate: x509.Certificate,
    *,
    issuer: x509.Certificate,
    status: CertificateStatus,
    responder: KeyHolder,
    at: datetime,
    good_for: timedelta = timedelta(days=1),
) -> bytes:
    """Make the response that a signature carries along (no nonce: nobody asked)."""
    algorithm = SHA256()
    name_hash, key_hash = issuer_hashes(issuer, algorithm)
    request = StatusRequest(certificate.serial_number, name_hash, key_hash, algorithm, None)
    return _response(
        request=request, status=status, responder=responder, at=at, good_for=good_for
    )
