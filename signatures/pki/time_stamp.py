"""A time-stamping authority (RFC 3161, with ESSCertIDv2 of RFC 5816; ETSI EN 319 422)."""

import hashlib
import secrets
from datetime import UTC, datetime
from enum import StrEnum

from asn1crypto import cms, core, tsp, x509
from cryptography.hazmat.primitives.serialization import Encoding

from signatures.pki import oids
from signatures.pki.key_holder import KeyHolder

ACCURACY_SECONDS = 1
LONGEST_REQUEST = 4_096
_DIGEST_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}


class TimeStampFailure(StrEnum):
    """Why a request is refused (PKIFailureInfo, section 2.4.2)."""

    BAD_ALGORITHM = "bad_alg"
    BAD_REQUEST = "bad_request"
    BAD_FORMAT = "bad_data_format"
    TIME_NOT_AVAILABLE = "time_not_available"
    POLICY_NOT_ACCEPTED = "unaccepted_policy"
    EXTENSION_NOT_ACCEPTED = "unaccepted_extensions"
    SYSTEM_FAILURE = "system_failure"


class TimeStampResponse(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """TimeStampResp (section 2.4.2): asn1crypto's own takes the token for mandatory."""

    _fields = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class TimeStampRefused(ValueError):
    """The answer to it is a time-stamp response that says why, not an error of HTTP."""

    def __init__(self, failure: TimeStampFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


def answer_request(der: bytes, *, authority: KeyHolder, at: datetime | None) -> bytes:
    """Answer a request in DER, granted or refused; `at` is None while the clock is in doubt."""
    try:
        request = _read(der)
    except TimeStampRefused as refused:
        return refuse_request(refused.failure)
    if at is None:
        return refuse_request(TimeStampFailure.TIME_NOT_AVAILABLE)
    imprint = request["message_imprint"]
    token = make_token(
        imprint["hashed_message"].native,
        algorithm=imprint["hash_algorithm"]["algorithm"].native,
        authority=authority,
        at=at,
        nonce=request["nonce"].native,
        with_certificate=bool(request["cert_req"].native),
    )
    granted = tsp.PKIStatusInfo({"status": "granted"})
    return TimeStampResponse(  # type: ignore[no-any-return]  # asn1crypto has no types
        {"status": granted, "time_stamp_token": cms.ContentInfo.load(token)}
    ).dump()


def refuse_request(failure: TimeStampFailure) -> bytes:
    """Answer in DER that no time-stamp is given, and why."""
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {failure.value}})
    return TimeStampResponse({"status": status}).dump()  # type: ignore[no-any-return]  # asn1crypto has no types


def _read(der: bytes) -> tsp.TimeStampReq:
    """Check a request in the order of section 2.4.1. Raises TimeStampRefused."""
    if len(der) > LONGEST_REQUEST:
        raise TimeStampRefused(TimeStampFailure.BAD_FORMAT)
    try:
        request = tsp.TimeStampReq.load(der, strict=True)
        version = request["version"].native
        algorithm = request["message_imprint"]["hash_algorithm"]["algorithm"].native
        hashed = request["message_imprint"]["hashed_message"].native
        policy = request["req_policy"].native
        extensions = request["extensions"].native
        _ = request["nonce"].native, request["cert_req"].native
    except (ValueError, TypeError, KeyError) as error:
        raise TimeStampRefused(TimeStampFailure.BAD_FORMAT) from error
    if version != "v1":
        raise TimeStampRefused(TimeStampFailure.BAD_REQUEST)
    if algorithm not in _DIGEST_BYTES:
        raise TimeStampRefused(TimeStampFailure.BAD_ALGORITHM)
    if len(hashed) != _DIGEST_BYTES[algorithm]:
        raise TimeStampRefused(TimeStampFailure.BAD_FORMAT)
    if policy not in {None, oids.POLICY_TIME_STAMP}:
        raise TimeStampRefused(TimeStampFailure.POLICY_NOT_ACCEPTED)
    if extensions:
        raise TimeStampRefused(TimeStampFailure.EXTENSION_NOT_ACCEPTED)
    return request


def make_token(
    digest: bytes,
    *,
    authority: KeyHolder,
    at: datetime,
    algorithm: str = "sha256",
    nonce: int | None = None,
    with_certificate: bool = True,
) -> bytes:
    """Make a token: a CMS SignedData over a TSTInfo, in DER (RFC 3161, section 2.4.2).

    1. What is asserted: this digest existed at this time (the TSTInfo).
    2. What is signed about it: its type, its digest and whose certificate (RFC 5652, section
       5.3; RFC 5816, section 2.2.1).
    3. The authority's signature over that (RFC 5652, section 5.4).
    4. All of it in one SignedData, with the certificates if they were asked for (RFC 5652,
       section 5.1).
    """
    certificate = x509.Certificate.load(authority.certificate_der)
    content = _assertion(digest, certificate, at=at, algorithm=algorithm, nonce=nonce)  # 1
    attributes = _signed_attributes(content, authority)  # 2
    signer = _signer(attributes, certificate, authority)  # 3
    certificates = [certificate, *_chain(authority)] if with_certificate else None
    return _signed_data(content, signer, certificates)  # 4


def _assertion(
    digest: bytes,
    certificate: x509.Certificate,
    *,
    at: datetime,
    algorithm: str,
    nonce: int | None,
) -> bytes:
    """Write the TSTInfo.

    The serial number has 128 random bits, so it is unique without anything to count.
    """
    info = {
        "version": "v1",
        "policy": oids.POLICY_TIME_STAMP,
        "message_imprint": {
            "hash_algorithm": {"algorithm": algorithm},
            "hashed_message": digest,
        },
        "serial_number": secrets.randbits(127) | 1 << 127,
        "gen_time": at.astimezone(UTC).replace(microsecond=0),
        "accuracy": {"seconds": ACCURACY_SECONDS},
        "tsa": x509.GeneralName(name="directory_name", value=certificate.subject),
    }
    if nonce is not None:
        info["nonce"] = nonce
    return tsp.TSTInfo(info).dump()  # type: ignore[no-any-return]  # asn1crypto has no types


def _signed_attributes(content: bytes, authority: KeyHolder) -> cms.CMSAttributes:
    built = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
            {
                "type": "signing_certificate_v2",
                "values": [certificate_identifier(authority.certificate_der)],
            },
        ]
    )
    # Encoded and read again, for asn1crypto encodes what was built anew at every level above.
    return cms.CMSAttributes.load(built.dump())


def _signer(
    attributes: cms.CMSAttributes, certificate: x509.Certificate, authority: KeyHolder
) -> cms.SignerInfo:
    identifier = {
        "issuer_and_serial_number": {
            "issuer": certificate.issuer,
            "serial_number": certificate.serial_number,
        }
    }
    built = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(identifier),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": authority.signature_algorithm,
            "signature": authority.sign(attributes.untag().dump()),
        }
    )
    return cms.SignerInfo.load(built.dump())  # encoded once, as above


def _signed_data(
    content: bytes, signer: cms.SignerInfo, certificates: list[x509.Certificate] | None
) -> bytes:
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": core.ParsableOctetString(content),
            },
            "certificates": certificates,
            "signer_infos": [signer],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()  # type: ignore[no-any-return]  # asn1crypto has no types


def _chain(authority: KeyHolder) -> list[x509.Certificate]:
    return [
        x509.Certificate.load(issuer.public_bytes(Encoding.DER)) for issuer in authority.chain
    ]


def certificate_identifier(der: bytes) -> tsp.SigningCertificateV2:
    """Name a certificate by its SHA-256 (RFC 5035, section 3: the default, left out)."""
    built = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(der).digest()}]})
    return tsp.SigningCertificateV2.load(built.dump())
