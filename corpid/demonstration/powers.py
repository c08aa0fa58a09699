"""The powers of every app, as the sandbox's catalogue has them."""

from authentication.powers import POWERS

ALL_POWERS = (*POWERS,)
