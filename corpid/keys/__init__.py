"""Private keys and data keys: envelope encryption in software, or a PKCS#11 token.

Nothing outside this package ever sees a private key; callers name a key and hand over a digest.
"""
