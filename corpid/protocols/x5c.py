"""Certificates inside a JOSE header (RFC 7515, section 4.1.6), from a leaf to a known anchor.

Credentials, status lists and request objects name their signer by `x5c`: the leaf first, each
certified by the next, the anchor left out (HAIP 1.0). Revocation of the certificates themselves
is the caller's question.
"""

import base64
import binascii
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from corpid.errors import Invalid, Malformed, gettext_noop
from corpid.protocols.es256 import CompactJWS
from corpid.protocols.strict_encoding import encode_base64url

MAX_CERTIFICATES = 4


class CertificatesMalformed(Malformed):
    code = "certificates_malformed"
    title = gettext_noop("The certificates of the signer can't be read.")
    remedy = gettext_noop("Send x5c with the signer's certificate first and no anchor.")


class SignerNotTrusted(Invalid):
    code = "signer_not_trusted"
    title = gettext_noop("We do not know who signed this.")
    remedy = gettext_noop("Rely only on issuers and verifiers whom a trusted authority names.")


@dataclass(frozen=True, slots=True)
class Signer:
    """Whom the certificates name, once they lead to an anchor."""

    leaf: x509.Certificate
    key: ec.EllipticCurvePublicKey
    name: str  # the organisation, else the common name
    dns_names: frozenset[str]
    uris: frozenset[str]
    key_identifiers: frozenset[str]  # of the authorities, as `aki` of DCQL has them
    policies: frozenset[str]  # under which the leaf was issued, dotted
    valid_from: datetime
    valid_until: datetime  # of the chain as a whole

    @property
    def fingerprint(self) -> str:
        """The hash that `x509_hash` client identifiers carry."""
        return encode_base64url(
            sha256(self.leaf.public_bytes(serialization.Encoding.DER)).digest()
        )


Trust = Callable[[CompactJWS], Signer]


def header_chain(certificates: Collection[x509.Certificate]) -> list[str]:
    """Write certificates as the value of `x5c`: standard base64, leaf first."""
    return [
        base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode("ascii")
        for certificate in certificates
    ]


def _read_certificate(encoded: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(
            binascii.a2b_base64(encoded.encode("ascii"), strict_mode=True)
        )
    except ValueError as error:
        raise CertificatesMalformed(str(error)) from error


def _certifies(issuer: x509.Certificate, subject: x509.Certificate, *, below: int) -> bool:
    """Whether a certificate is by this authority, which may have `below` others under it."""
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        subject.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    within_length = basic.path_length is None or below <= basic.path_length
    return basic.ca and within_length and usage.key_cert_sign


def _alternative_names(leaf: x509.Certificate) -> x509.SubjectAlternativeName:
    try:
        return leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return x509.SubjectAlternativeName([])


def _authority_key_identifiers(chain: Collection[x509.Certificate]) -> frozenset[str]:
    found = set()
    for certificate in chain:
        try:
            extension = certificate.extensions.get_extension_for_class(
                x509.AuthorityKeyIdentifier
            )
        except x509.ExtensionNotFound:
            continue
        if extension.value.key_identifier:
            found.add(encode_base64url(extension.value.key_identifier))
    return frozenset(found)


def _policies(leaf: x509.Certificate) -> frozenset[str]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(policy.policy_identifier.dotted_string for policy in found)


def _name(leaf: x509.Certificate) -> str:
    for attribute in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for found in leaf.subject.get_attributes_for_oid(attribute):
            return str(found.value)
    return ""


def _require_end_entity(leaf: x509.Certificate) -> ec.EllipticCurvePublicKey:
    try:
        is_authority = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        signs = usage.digital_signature
    except x509.ExtensionNotFound:
        signs = True
    key = leaf.public_key()
    is_p256 = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    if is_authority or not signs or leaf.subject == leaf.issuer or not is_p256:
        raise SignerNotTrusted("the leaf is no end entity with a P-256 signing key")
    assert isinstance(key, ec.EllipticCurvePublicKey)  # noqa: S101  is_p256 said so
    return key


@lru_cache(maxsize=1024)
def _signer(encoded: tuple[str, ...], anchors: frozenset[x509.Certificate]) -> Signer:
    chain = [_read_certificate(text) for text in encoded]
    if anchors & set(chain):
        raise SignerNotTrusted("the anchor does not belong into x5c")
    key = _require_end_entity(chain[0])
    for depth, (subject, issuer) in enumerate(pairwise(chain)):
        if not _certifies(issuer, subject, below=depth):
            raise SignerNotTrusted("the certificates are no chain")
    top = chain[-1]
    if not any(_certifies(anchor, top, below=len(chain) - 1) for anchor in anchors):
        raise SignerNotTrusted("no anchor of ours")
    names = _alternative_names(chain[0])
    return Signer(
        leaf=chain[0],
        key=key,
        name=_name(chain[0]),
        dns_names=frozenset(names.get_values_for_type(x509.DNSName)),
        uris=frozenset(names.get_values_for_type(x509.UniformResourceIdentifier)),
        key_identifiers=_authority_key_identifiers(chain),
        policies=_policies(chain[0]),
        valid_from=max(certificate.not_valid_before_utc for certificate in chain),
        valid_until=min(certificate.not_valid_after_utc for certificate in chain),
    )


def trusted_signer(
    header: Mapping[str, Any], *, anchors: Collection[x509.Certificate], at: datetime
) -> Signer:
    """Follow `x5c` from its leaf to one of our anchors.

    1. One to four certificates, readable; the anchor is not among them.
    2. The leaf is an end entity with a P-256 key that may sign, and not self-signed.
    3. Each is certified by the next, the last by an anchor; each may certify, to that depth.
    4. All are valid at the moment asked about.
    Raises CertificatesMalformed, SignerNotTrusted.
    """
    encoded = header.get("x5c")
    if not isinstance(encoded, list) or not 0 < len(encoded) <= MAX_CERTIFICATES:
        raise CertificatesMalformed("x5c")
    if not all(isinstance(text, str) for text in encoded):
        raise CertificatesMalformed("x5c")
    signer = _signer(tuple(encoded), frozenset(anchors))  # 1, 2, 3
    if not signer.valid_from <= at <= signer.valid_until:  # 4
        raise SignerNotTrusted("a certificate is not valid now")
    return signer
