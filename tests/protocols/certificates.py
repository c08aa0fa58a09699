"""A throw-away certification authority: a root, an issuing authority, end entities."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from corpid.protocols.es256 import Sign
from corpid.protocols.x5c import header_chain
from tests.protocols.keys import new_key, signer

FROM = datetime(2025, 1, 1, tzinfo=UTC)
UNTIL = datetime(2036, 1, 1, tzinfo=UTC)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class HasPublicKey(Protocol):
    """A private key, or a stored one."""

    def public_key(self) -> Any: ...


def certify(
    subject: str,
    key: HasPublicKey,
    *,
    issuer: "Authority | None",
    is_authority: bool = False,
    dns: str | None = None,
    uri: str | None = None,
    until: datetime = UNTIL,
    path_length: int | None = None,
) -> x509.Certificate:
    """Certify a key below an authority; without one, a private key certifies itself."""
    signing_key = issuer.key if issuer else key
    assert isinstance(signing_key, ec.EllipticCurvePrivateKey)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer.certificate.subject if issuer else _name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(until)
        .add_extension(
            x509.BasicConstraints(ca=is_authority, path_length=path_length), critical=True
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_authority,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=is_authority,
                crl_sign=is_authority,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()),
            critical=False,
        )
    )
    names: list[x509.GeneralName] = [x509.DNSName(dns)] if dns else []
    names += [x509.UniformResourceIdentifier(uri)] if uri else []
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signing_key, hashes.SHA256())


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class EndEntity:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    x5c: list[str]

    @property
    def sign(self) -> Sign:
        return signer(self.key)


class Certification:
    """`root` is the anchor; end entities hang below `issuing`."""

    def __init__(self, name: str = "Test") -> None:
        root_key, issuing_key = new_key(), new_key()
        self.root = Authority(
            certify(f"{name} Root", root_key, issuer=None, is_authority=True), root_key
        )
        self.issuing = Authority(
            certify(
                f"{name} Issuing",
                issuing_key,
                issuer=self.root,
                is_authority=True,
                path_length=0,
            ),
            issuing_key,
        )

    def end_entity(
        self,
        name: str,
        *,
        dns: str | None = None,
        uri: str | None = None,
        until: datetime = FROM + timedelta(days=3650),
    ) -> EndEntity:
        key = new_key()
        leaf = certify(name, key, issuer=self.issuing, dns=dns, uri=uri, until=until)
        return EndEntity(leaf, key, header_chain([leaf, self.issuing.certificate]))
