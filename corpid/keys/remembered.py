"""Keys that this process remembers: cleared when one is made, activated or retired."""

from corpid.keys.bounded import Bounded
from corpid.keys.models import SigningKey

# By purpose and scope, for a second: another process's change is seen that late.
ACTIVE_KEYS: Bounded[tuple[str, str], SigningKey] = Bounded(entries=4096, seconds=1.0)
