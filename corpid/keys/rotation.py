"""Which keys are rotated by publishing the next one first, how often, and how long before."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from django.conf import settings

from corpid.keys.models import Purpose

# Those whose signatures are checked against a JWK Set of ours. Keys with certificates are
# re-keyed instead, and the keys of the audit log are pinned by its verifiers.
ACTIVE_FOR: Mapping[str, timedelta] = MappingProxyType(
    {
        Purpose.OP: timedelta(days=90),
        Purpose.RELEASE: timedelta(days=365),
        Purpose.AUTHORITY: timedelta(days=365),
        Purpose.OUTAGE: timedelta(days=365),
    }
)


def published_before_use() -> timedelta:
    """Give the time after which every verifier knows a key that we published.

    A cache on the way may be as old as the answer says it may grow, and so may the verifier's.
    """
    return timedelta(seconds=2 * settings.JWKS_CACHE_SECONDS)
