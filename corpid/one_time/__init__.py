"""Single-use tokens with a purpose, consumed inside the transaction of their effect."""
