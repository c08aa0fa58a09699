"""Our own authorities as holders of keys: root, issuing, time-stamping, certificate status."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from corpid.errors import NotAvailable, gettext_noop
from corpid.keys.models import SigningKey
from corpid.keys.store import key_store
from signatures.models import Certificate
from signatures.pki.key_holder import KeyHolder


class AuthorityNotEstablished(NotAvailable):
    code = "authority_not_established"
    title = gettext_noop("Our certification authority is not ready yet.")
    remedy = gettext_noop("Try again in a minute. If it stays so, tell our help desk.")


def present_certificate(profile: Certificate.Profile, *, at: datetime) -> Certificate:
    """Find the newest certificate in force of an authority. Raises AuthorityNotEstablished."""
    found = (
        Certificate.objects.in_force(at=at)
        .filter(profile=profile, company=None)
        .select_related("key", "issuer")
        .order_by("-not_before", "-id")
        .first()
    )
    if found is None:
        raise AuthorityNotEstablished(profile)
    return found


def sign_with(key: SigningKey) -> Callable[[bytes], bytes]:
    """Give the way to have a digest signed by this key, wherever it is kept."""
    return partial(key_store().sign, key.id)


def key_holder(certificate: Certificate) -> KeyHolder:
    """Pair a certificate with its key; the chain goes up to the root, without it."""
    chain = []
    issuer = certificate.issuer
    while issuer is not None and issuer.profile != Certificate.Profile.ROOT:
        chain.append(issuer.as_x509())
        issuer = issuer.issuer
    return KeyHolder(certificate.as_x509(), sign_with(certificate.key), tuple(chain))


def find_authority(profile: Certificate.Profile, *, at: datetime) -> KeyHolder:
    return key_holder(present_certificate(profile, at=at))
