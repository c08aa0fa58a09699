"""The powers of every app, as the sandbox's catalogue has them."""

from authentication.powers import POWERS
from credentials.powers import POWERS as WALLET_POWERS
from prefill.powers import POWERS as PREFILL_POWERS
from signatures.powers import POWERS as SIGNING_POWERS

ALL_POWERS = (*POWERS, *SIGNING_POWERS, *WALLET_POWERS, *PREFILL_POWERS)
