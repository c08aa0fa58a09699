"""Whom we rely on: e-services under our own root, and authorities that caseworkers listed."""

from datetime import datetime
from functools import cache, partial

from cryptography import x509

from corpid.protocols.es256 import CompactJWS
from corpid.protocols.x5c import Signer, SignerNotTrusted, Trust, trusted_signer
from credentials.models import TrustAnchor
from signatures.models import Certificate
from signatures.pki.oids import POLICY_E_SERVICE


def _revoked_serials(at: datetime) -> frozenset[str]:
    """List what was revoked, whenever: without a time-stamp nothing proves what came before."""
    revoked = Certificate.objects.filter(
        profile=Certificate.Profile.E_SERVICE, revoked_at__isnull=False, not_after__gte=at
    )
    return frozenset(revoked.values_list("serial_number", flat=True))


def find_trust(*, use: TrustAnchor.Use, at: datetime) -> Trust:
    """Give the judge of `x5c` headers for issuers (and their lists) or for verifiers.

    Under our own root also hang seals of companies and certificates of persons: they neither
    issue nor ask. For one answer, not to be kept: what was revoked is asked once.
    """
    own = [
        root.as_x509()
        for root in Certificate.objects.in_force(at=at).filter(profile=Certificate.Profile.ROOT)
    ]
    listed = [
        x509.load_der_x509_certificate(bytes(der))
        for der in TrustAnchor.objects.filter(use=use, removed_at=None).values_list(
            "certificate", flat=True
        )
    ]

    revoked_serials = cache(partial(_revoked_serials, at))

    def trust(jws: CompactJWS) -> Signer:
        try:
            signer = trusted_signer(jws.header, anchors=own, at=at)
        except SignerNotTrusted:
            return trusted_signer(jws.header, anchors=listed, at=at)
        if POLICY_E_SERVICE not in signer.policies:
            raise SignerNotTrusted("a certificate of ours for another use")
        if f"{signer.leaf.serial_number:x}" in revoked_serials():
            raise SignerNotTrusted("a certificate of ours that was revoked")
        return signer

    return trust
