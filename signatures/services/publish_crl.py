"""One shard of the certificate revocation list, made anew when it is asked for."""

from datetime import datetime, timedelta

from corpid.errors import NotFound, gettext_noop
from signatures.models import Certificate
from signatures.pki.crl import make_crl
from signatures.services.find_key_holder import find_key_holder
from signatures.services.find_present_certificate import find_present_certificate
from signatures.services.find_status_addresses import find_status_addresses
from signatures.services.issue_certificate import SHARDS

NEXT_UPDATE = timedelta(days=1)  # a longer gap would outlive an outage of ours, not a theft
ROOT_NEXT_UPDATE = timedelta(days=180)
SHARD_NAMES = frozenset({"root", *(f"{number:02x}" for number in range(SHARDS))})


class NoSuchList(NotFound):
    code = "no_such_crl"
    title = gettext_noop("There is no such revocation list.")
    remedy = gettext_noop("Take the address from the certificate's distribution point.")


def publish_crl(*, shard: str, at: datetime) -> bytes:
    """Sign the shard as of now, in DER. Raises NoSuchList."""
    if shard not in SHARD_NAMES:
        raise NoSuchList(shard)
    of_root = shard == "root"
    profile = Certificate.Profile.ROOT if of_root else Certificate.Profile.ISSUING
    issuer = find_present_certificate(profile, at=at)
    revoked = (
        Certificate.objects.revoked_or_on_hold()
        .filter(issuer=issuer, shard=shard)
        .select_related("key")
        .order_by("revoked_at", "id")
    )
    return make_crl(
        issuer=find_key_holder(issuer),
        address=find_status_addresses(issuer=issuer, shard=shard).crl,
        number=int(at.timestamp()),
        this_update=at,
        next_update=at + (ROOT_NEXT_UPDATE if of_root else NEXT_UPDATE),
        revocations=[found for each in revoked if (found := each.revocation())],
    )
