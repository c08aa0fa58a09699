"""The powers of every app, as the sandbox's catalogue has them."""

from authentication.powers import POWERS
from prefill.powers import POWERS as PREFILL_POWERS

ALL_POWERS = (*POWERS, *PREFILL_POWERS)
