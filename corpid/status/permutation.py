"""A keyed permutation: counting up gives each index once, in an order that nobody can predict.

A Feistel network over the two halves of the number (Luby and Rackoff), HMAC-SHA-256 in each
round. An index must not tell how many were issued before it, nor which were issued together
(draft-ietf-oauth-status-list-14, section 12.5).
"""

import hmac

ROUNDS = 8


def permute(number: int, *, bits: int, key: bytes) -> int:
    """Map a number of `bits` bits (an even count) to another one, one to one."""
    if bits % 2 or not 0 <= number < 1 << bits:
        raise ValueError("the number does not fit its bits, or they are odd")
    half = bits // 2
    mask = (1 << half) - 1
    left, right = number >> half, number & mask
    for turn in range(ROUNDS):
        message = bytes([turn, bits]) + right.to_bytes(4, "big")
        mixed = int.from_bytes(hmac.digest(key, message, "sha256")[:4], "big") & mask
        left, right = right, left ^ mixed
    return left << half | right
