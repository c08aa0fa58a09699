"""X.509 certificates by profile (RFC 5280; subjects after ETSI EN 319 412-1 to -3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
)

from signatures.pki import oids
from signatures.pki.key_holder import DIGEST, KeyHolder, SignDigest, stand_in_for


class Profile(StrEnum):
    ROOT = "root"
    ISSUING = "issuing"
    PERSON = "person"  # a person, for a company
    SEAL = "seal"  # a company
    TSA = "tsa"
    OCSP = "ocsp"
    E_SERVICE = "e_service"  # credentials, status lists and questions of an e-service


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a certificate names. A company is known by `organization` and its UBI."""

    common_name: str
    organization: str = ""
    ubi: str = ""
    person_reference: str = ""  # opaque: tells two people of one name apart
    uri: str = ""  # of an e-service, as an issuer of credentials

    def as_name(self) -> x509.Name:
        attributes = [x509.NameAttribute(NameOID.COUNTRY_NAME, "HK")]
        if self.organization:
            attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization))
        if self.ubi:  # ETSI EN 319 412-1, section 5.1.4: NTR = national trade register
            attributes.append(
                x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"NTRHK-{self.ubi}")
            )
        if self.person_reference:
            attributes.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, self.person_reference))
        # RFC 5280 allows 64 characters; names of companies are longer than that.
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, self.common_name[:64]))
        return x509.Name(attributes)


@dataclass(frozen=True, slots=True)
class StatusAddresses:
    """Where the status of a certificate is told; these stand in certificates for ever."""

    ocsp: str
    issuer: str
    crl: str


_KEY_USAGE: dict[Profile, frozenset[str]] = {
    Profile.ROOT: frozenset({"key_cert_sign", "crl_sign"}),
    Profile.ISSUING: frozenset({"key_cert_sign", "crl_sign"}),
    Profile.PERSON: frozenset({"content_commitment"}),
    Profile.SEAL: frozenset({"digital_signature", "content_commitment"}),
    Profile.TSA: frozenset({"digital_signature"}),
    Profile.OCSP: frozenset({"digital_signature"}),
    Profile.E_SERVICE: frozenset({"digital_signature"}),
}
_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
_POLICY = {
    Profile.PERSON: oids.POLICY_PERSON,
    Profile.SEAL: oids.POLICY_SEAL,
    Profile.TSA: oids.POLICY_OPERATIONS,
    Profile.OCSP: oids.POLICY_OPERATIONS,
    Profile.E_SERVICE: oids.POLICY_E_SERVICE,
}


def _key_usage(profile: Profile) -> x509.KeyUsage:
    bits = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**(bits | dict.fromkeys(_KEY_USAGE[profile], True)))


def _extensions(
    profile: Profile, addresses: StatusAddresses | None
) -> Sequence[tuple[x509.ExtensionType, bool]]:
    is_ca = profile in {Profile.ROOT, Profile.ISSUING}
    length = {Profile.ROOT: 1, Profile.ISSUING: 0}.get(profile)
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=is_ca, path_length=length), True),
        (_key_usage(profile), True),
    ]
    if profile is Profile.TSA:  # RFC 3161, section 2.3: the one extended key usage, critical
        found.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True))
    if profile in {Profile.PERSON, Profile.SEAL}:
        # Document signing is RFC 9336. NSS knows it not, and poppler's pdfsig, which asks NSS
        # for "e-mail signer", calls a certificate without extended key usage "unknown issue".
        purposes = [_DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]
        found.append((x509.ExtendedKeyUsage(purposes), False))
    if profile is Profile.OCSP:  # RFC 6960, sections 4.2.2.2 and 4.2.2.2.1
        found.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False))
        found.append((x509.OCSPNoCheck(), False))
    policy = _POLICY.get(profile, "2.5.29.32.0")  # CAs: any policy
    if profile is not Profile.ROOT:
        information = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
        found.append((x509.CertificatePolicies([information]), False))
    if addresses is not None:
        found.append((_authority_information(profile, addresses), False))
        if profile is not Profile.OCSP:
            point = x509.DistributionPoint(
                full_name=[x509.UniformResourceIdentifier(addresses.crl)],
                relative_name=None,
                reasons=None,
                crl_issuer=None,
            )
            found.append((x509.CRLDistributionPoints([point]), False))
    return found


def _authority_information(
    profile: Profile, addresses: StatusAddresses
) -> x509.AuthorityInformationAccess:
    descriptions = [
        x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS,
            x509.UniformResourceIdentifier(addresses.issuer),
        )
    ]
    if profile not in {
        Profile.OCSP,
        Profile.ISSUING,
    }:  # our responder speaks for the issuing CA
        descriptions.insert(
            0,
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP,
                x509.UniformResourceIdentifier(addresses.ocsp),
            ),
        )
    return x509.AuthorityInformationAccess(descriptions)


def issue_certificate(
    *,
    profile: Profile,
    subject: Subject,
    public_key: CertificatePublicKeyTypes,
    serial_number: int,
    not_before: datetime,
    not_after: datetime,
    issuer: KeyHolder,
    addresses: StatusAddresses,
) -> x509.Certificate:
    """Issue a certificate of this profile under the issuer's key."""
    builder = _builder(
        profile, subject.as_name(), public_key, serial_number, not_before, not_after, addresses
    )
    if subject.uri:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(subject.uri)])
        builder = builder.add_extension(names, critical=False)
    issuer_key = issuer.certificate.public_key()
    identifier = issuer.certificate.extensions.get_extension_for_class(
        x509.SubjectKeyIdentifier
    ).value
    builder = builder.issuer_name(issuer.certificate.subject).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
        critical=False,
    )
    return _signed(builder, issuer_key, issuer.sign_digest)


def issue_root(
    *,
    subject: Subject,
    public_key: CertificatePublicKeyTypes,
    serial_number: int,
    not_before: datetime,
    not_after: datetime,
    sign_digest: SignDigest,
) -> x509.Certificate:
    """Issue a root: a certificate that its own key signs."""
    name = subject.as_name()
    builder = _builder(
        Profile.ROOT, name, public_key, serial_number, not_before, not_after, None
    ).issuer_name(name)
    return _signed(builder, public_key, sign_digest)


def _builder(
    profile: Profile,
    name: x509.Name,
    public_key: CertificatePublicKeyTypes,
    serial_number: int,
    not_before: datetime,
    not_after: datetime,
    addresses: StatusAddresses | None,
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(public_key)
        .serial_number(serial_number)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    for extension, is_critical in _extensions(profile, addresses):
        builder = builder.add_extension(extension, critical=is_critical)
    return builder


def _signed(
    builder: x509.CertificateBuilder, key: CertificatePublicKeyTypes, sign_digest: SignDigest
) -> x509.Certificate:
    stood_in = builder.sign(stand_in_for(key), DIGEST)
    holder = KeyHolder(stood_in, sign_digest)
    encoded = asn1_x509.Certificate.load(holder.certificate_der)
    encoded["signature_value"] = holder.sign(stood_in.tbs_certificate_bytes)
    return x509.load_der_x509_certificate(encoded.dump(force=True))
