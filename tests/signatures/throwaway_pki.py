"""A real public-key infrastructure, made for one test and thrown away."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from signatures.pki import ocsp
from signatures.pki.certificates import (
    Profile,
    StatusAddresses,
    Subject,
    issue_certificate,
    issue_root,
)
from signatures.pki.crl import Revocation, make_crl
from signatures.pki.key_holder import KeyHolder

NOW = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
YEAR = timedelta(days=365)
BASE = "http://localhost:8000/pki"

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def signer_of(key: PrivateKey) -> Callable[[bytes], bytes]:
    if isinstance(key, rsa.RSAPrivateKey):
        return lambda digest: key.sign(digest, PKCS1v15(), Prehashed(SHA256()))
    return lambda digest: key.sign(digest, ec.ECDSA(Prehashed(SHA256())))


def addresses(shard: str = "01", issuer: str = "issuing") -> StatusAddresses:
    return StatusAddresses(
        ocsp=f"{BASE}/ocsp", issuer=f"{BASE}/ca/{issuer}.cer", crl=f"{BASE}/crl/{shard}.crl"
    )


@dataclass(slots=True)
class ThrowawayPki:
    at: datetime = NOW
    key_kind: str = "ec"
    root: KeyHolder = field(init=False)
    issuing: KeyHolder = field(init=False)
    tsa: KeyHolder = field(init=False)
    responder: KeyHolder = field(init=False)
    revocations: dict[int, Revocation] = field(default_factory=dict)
    issued: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        key = self._new_key()
        self.root = KeyHolder(
            issue_root(
                subject=Subject("Test Root", "Test Authority"),
                public_key=key.public_key(),
                serial_number=secrets.randbits(120),
                not_before=self.at - timedelta(days=1),
                not_after=self.at + 20 * YEAR,
                sign_digest=signer_of(key),
            ),
            signer_of(key),
        )
        self.issuing = self.issue(
            Profile.ISSUING,
            Subject("Test Issuing CA", "Test Authority"),
            issuer=self.root,
            place=addresses("root", "root"),
            not_after=self.at + 10 * YEAR,
        )
        self.tsa = self.issue(
            Profile.TSA,
            Subject("Test TSA", "Test Authority"),
            not_after=self.at + 10 * YEAR,
        )
        self.responder = self.issue(
            Profile.OCSP,
            Subject("Test OCSP", "Test Authority"),
            not_after=self.at + 10 * YEAR,
        )

    def _new_key(self) -> PrivateKey:
        if self.key_kind == "rsa":
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return ec.generate_private_key(ec.SECP256R1())

    def issue(
        self,
        profile: Profile,
        subject: Subject,
        *,
        issuer: KeyHolder | None = None,
        place: StatusAddresses | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> KeyHolder:
        key = self._new_key()
        by = issuer or self.issuing
        certificate = issue_certificate(
            profile=profile,
            subject=subject,
            public_key=key.public_key(),
            serial_number=secrets.randbits(120),
            not_before=not_before or self.at - timedelta(hours=1),
            not_after=not_after or self.at + 3 * YEAR,
            issuer=by,
            addresses=place or addresses(),
        )
        self.issued.add(certificate.serial_number)
        chain = () if by is issuer else (self.issuing.certificate,)
        return KeyHolder(certificate, signer_of(key), chain)

    def person(self, name: str = "Lee Siu Ming") -> KeyHolder:
        return self.issue(
            Profile.PERSON,
            Subject(name, "Golden Harvest Trading Limited", "12345678", secrets.token_hex(8)),
        )

    def seal(self) -> KeyHolder:
        name = "Golden Harvest Trading Limited"
        return self.issue(Profile.SEAL, Subject(name, name, "12345678"))

    def find_status(self, serial_number: int) -> ocsp.CertificateStatus | None:
        if serial_number not in self.issued:
            return None
        return ocsp.CertificateStatus(self.revocations.get(serial_number))

    def status_of(self, certificate: x509.Certificate, at: datetime) -> bytes:
        return ocsp.status_response(
            certificate,
            issuer=self.issuing.certificate,
            status=ocsp.CertificateStatus(self.revocations.get(certificate.serial_number)),
            responder=self.responder,
            at=at,
        )

    def root_crl(self, at: datetime) -> bytes:
        return make_crl(
            issuer=self.root,
            address=f"{BASE}/crl/root.crl",
            number=1,
            this_update=at,
            next_update=at + YEAR,
            revocations=[],
        )
