"""A certificate of ours with its key and its chain, ready to sign."""

from signatures.models import Certificate
from signatures.pki.key_holder import KeyHolder
from signatures.services.sign_with import sign_with


def find_key_holder(certificate: Certificate) -> KeyHolder:
    """Pair a certificate with its key; the chain goes up to the root, without it."""
    chain = []
    issuer = certificate.issuer
    while issuer is not None and issuer.profile != Certificate.Profile.ROOT:
        chain.append(issuer.as_x509())
        issuer = issuer.issuer
    return KeyHolder(certificate.as_x509(), sign_with(certificate.key), tuple(chain))
